//! FILETIME: NTFS's clock.

/// A point in time: 100-nanosecond ticks since 1601-01-01 00:00 UTC.
///
/// Source: Microsoft `FILETIME`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FileTime(pub u64);

/// A point in time in the calendar's terms, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CivilTime {
    /// 1601 to 9999.
    pub year: u32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 100-nanosecond ticks of the second, 0 to 9,999,999.
    pub ticks: u32,
}

const TICKS_PER_SECOND: u64 = 10_000_000;
const SECONDS_PER_DAY: u64 = 86_400;
/// Days from 0000-03-01 of the proleptic Gregorian calendar to 1601-01-01.
const DAYS_TO_1601: u64 = 584_694;
/// 10000-01-01 00:00 UTC.
const YEAR_10000: u64 = 2_650_467_744_000_000_000;

impl FileTime {
    /// Whether it is after the year 9999, which RFC 3339 cannot write.
    #[inline]
    pub fn is_out_of_range(self) -> bool {
        self.0 >= YEAR_10000
    }

    /// The calendar date and time; `None` after the year 9999, which RFC 3339 cannot write.
    ///
    /// Four of these are written for every record, so the calendar is computed here rather than by a library: days are
    /// counted from the first of March of year 0, whose 400-year cycles all have 146,097 days.
    pub fn civil(self) -> Option<CivilTime> {
        if self.is_out_of_range() {
            return None;
        }
        let seconds = self.0 / TICKS_PER_SECOND;
        let day_number = seconds / SECONDS_PER_DAY + DAYS_TO_1601;
        let cycle = day_number / 146_097;
        let day_of_cycle = day_number % 146_097;
        let year_of_cycle =
            (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
        let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = cycle * 400 + year_of_cycle + u64::from(month <= 2);
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        Some(CivilTime {
            year: small(year),
            month: small(month),
            day: small(day_of_year - (153 * month_from_march + 2) / 5 + 1),
            hour: small(seconds / 3_600 % 24),
            minute: small(seconds / 60 % 60),
            second: small(seconds % 60),
            ticks: small(self.0 % TICKS_PER_SECOND),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ticks: u64, expected: (u32, u32, u32, u32, u32, u32, u32)) {
        let civil = FileTime(ticks).civil().expect("a date before 10000");
        let CivilTime { year, month, day, hour, minute, second, ticks } = civil;
        assert_eq!((year, month, day, hour, minute, second, ticks), expected);
    }

    #[test]
    fn known_moments() {
        check(0, (1601, 1, 1, 0, 0, 0, 0));
        // 11,644,473,600 seconds to the Unix epoch.
        check(116_444_736_000_000_000, (1970, 1, 1, 0, 0, 0, 0));
        // date -u -d @951827696: 2000-02-29 12:34:56
        check(125_963_012_960_000_007, (2000, 2, 29, 12, 34, 56, 7));
        check(YEAR_10000 - 1, (9999, 12, 31, 23, 59, 59, 9_999_999));
    }

    #[test]
    fn the_year_10000_cannot_be_written() {
        assert_eq!(FileTime(YEAR_10000).civil(), None);
        assert_eq!(FileTime(u64::MAX).civil(), None);
    }

    #[test]
    fn every_day_of_eight_centuries_follows_the_one_before() {
        let is_leap = |year: u32| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let (mut year, mut month, mut day) = (1601, 1, 1);
        for number in 0..292_194_u64 {
            check(number * SECONDS_PER_DAY * TICKS_PER_SECOND, (year, month, day, 0, 0, 0, 0));
            let days = match month {
                2 => 28 + u32::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day == days) {
                (_, false) => (year, month, day + 1),
                (12, true) => (year + 1, 1, 1),
                (_, true) => (year, month + 1, 1),
            };
        }
    }
}
