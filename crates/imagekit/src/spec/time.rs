//! Times between the calendar's terms and NTFS's clock.

use format::FileTime;
use toml::value::{Datetime, Offset};

const TICKS_PER_SECOND: u64 = 10_000_000;

/// 2024-01-01T00:00:00Z: 19,723 days after 1970, which is 11,644,473,600 seconds after 1601.
pub(super) const DEFAULT: u64 = (19_723 * 86_400 + 11_644_473_600) * TICKS_PER_SECOND;

/// 100 ns since 1601-01-01 UTC; `None` for what is not in UTC, before 1601, or finer than 100 ns.
pub(super) fn from_datetime(datetime: &Datetime) -> Option<u64> {
    let (date, time) = (datetime.date?, datetime.time?);
    let nanosecond = time.nanosecond.unwrap_or(0);
    let second = time.second.unwrap_or(0);
    let is_utc = datetime.offset == Some(Offset::Z);
    if !is_utc || date.year < 1601 || second > 59 || !nanosecond.is_multiple_of(100) {
        return None;
    }
    let days = days_since_1601(date.year.into(), date.month.into(), date.day.into());
    let seconds = ((days * 24 + u64::from(time.hour)) * 60 + u64::from(time.minute)) * 60 + u64::from(second);
    Some(seconds * TICKS_PER_SECOND + u64::from(nanosecond / 100))
}

/// Days from 1601-01-01, which starts a cycle of 400 years of the Gregorian calendar.
fn days_since_1601(year: u64, month: u64, day: u64) -> u64 {
    const DAYS_BEFORE_MONTH: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let years = year - 1601;
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let leap_day = u64::from(is_leap && month > 2);
    let month_index = usize::try_from(month - 1).unwrap_or(0);
    years * 365 + years / 4 - years / 100 + years / 400 + DAYS_BEFORE_MONTH[month_index] + leap_day + day - 1
}

/// A TOML date-time, or the ticks in hex as a TOML string after the year 9999.
pub(super) fn text(ticks: u64) -> String {
    let Some(civil) = FileTime(ticks).civil() else {
        return format!("\"{ticks:#018X}\"").replace("0X", "0x");
    };
    let fraction = match civil.ticks {
        0 => String::new(),
        ticks => format!(".{ticks:07}").trim_end_matches('0').to_owned(),
    };
    let (date, time) = ((civil.year, civil.month, civil.day), (civil.hour, civil.minute, civil.second));
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{fraction}Z", date.0, date.1, date.2, time.0, time.1, time.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<u64> {
        from_datetime(&text.parse().expect("a TOML date-time"))
    }

    #[test]
    fn known_moments() {
        assert_eq!(parse("1601-01-01T00:00:00Z"), Some(0));
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(116_444_736_000_000_000));
        // date -u -d @951827696: 2000-02-29 12:34:56
        assert_eq!(parse("2000-02-29T12:34:56.0000007Z"), Some(125_963_012_960_000_007));
        // date -u -d 2024-01-01 +%s: 1704067200
        assert_eq!(DEFAULT, (1_704_067_200 + 11_644_473_600) * TICKS_PER_SECOND);
        assert_eq!(text(DEFAULT), "2024-01-01T00:00:00Z");
    }

    #[test]
    fn other_moments_are_refused() {
        for bad in [
            "1600-12-31T23:59:59Z",
            "2024-01-01T00:00:00",
            "2024-01-01",
            "2024-01-01T00:00:00+01:00",
            "2024-01-01T00:00:00.00000001Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_written_time_is_read_back() {
        let year_10000 = 2_650_467_744_000_000_000;
        let mut ticks = 0;
        while ticks < year_10000 {
            assert_eq!(parse(&text(ticks)), Some(ticks), "{}", text(ticks));
            ticks += 9_999_999_999_999_999 / 7;
        }
        assert_eq!(text(year_10000), "\"0x24C85A5ED1C04000\"");
        assert_eq!(text(year_10000 - 1), "9999-12-31T23:59:59.9999999Z");
    }
}
