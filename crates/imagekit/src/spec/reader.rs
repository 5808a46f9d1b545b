//! Tables and values of the TOML, read with their place, so that every complaint can say where.

use std::borrow::Cow;

use format::Guid;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Problem, quoted};
use super::time;

/// A value, or what is wrong with it.
pub(crate) type Read<T> = Result<T, Problem>;

/// One table of a spec.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    /// Its name with the tables around it, such as `file.streams`; empty for the whole spec.
    pub name: &'static str,
    entries: &'a DeTable<'a>,
    /// Where it starts.
    pub offset: usize,
}

/// The value of one key.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    table: &'static str,
    key: &'a str,
    node: &'a Spanned<DeValue<'a>>,
}

impl<'a> Table<'a> {
    pub fn whole(entries: &'a DeTable<'a>) -> Self {
        Self { name: "", entries, offset: 0 }
    }

    /// The same entries under the given name, after a check that `allowed` has every key.
    pub fn allow(self, allowed: &[&str]) -> Read<Self> {
        let unknown = self.entries.keys().filter(|key| !allowed.contains(&key.get_ref().as_ref()));
        match unknown.min_by_key(|key| key.span().start) {
            None => Ok(self),
            Some(key) => Err(self.unknown(key, allowed)),
        }
    }

    fn unknown(&self, key: &Spanned<Cow<'_, str>>, allowed: &[&str]) -> Problem {
        let mut sorted = allowed.to_vec();
        sorted.sort_unstable();
        let found = match nearest(key.get_ref(), &sorted) {
            Some(near) => format!("an unknown key (did you mean `{near}`?)"),
            None => "an unknown key".to_owned(),
        };
        Problem::key(key.span().start, (self.name, key.get_ref()), one_of(&sorted), found)
    }

    pub fn get(&self, key: &'a str) -> Option<Value<'a>> {
        self.entries.get(key).map(|node| Value { table: self.name, key, node })
    }

    /// The value of `key` read by `read`; `None` where the key is absent.
    pub fn read<T>(&self, key: &'a str, read: impl FnOnce(Value<'a>) -> Read<T>) -> Read<Option<T>> {
        self.get(key).map(read).transpose()
    }

    pub fn boolean(&self, key: &'a str) -> Read<bool> {
        Ok(self.read(key, Value::boolean)?.unwrap_or(false))
    }

    /// That a key is missing; the place is where the table starts.
    pub fn missing(&self, key: &str, expected: impl Into<Cow<'static, str>>) -> Problem {
        Problem::key(self.offset, (self.name, key), expected, "nothing")
    }

    /// The one of `keys` that is there, if any.
    pub fn at_most_one(&self, keys: &[&'a str]) -> Read<Option<Value<'a>>> {
        let mut present: Vec<_> = keys.iter().filter_map(|key| self.get(key)).collect();
        present.sort_by_key(Value::offset);
        match present[..] {
            [first, second, ..] => {
                let found = format!("`{}` and `{}`", first.key, second.key);
                Err(second.problem(format!("at most {}", one_of(keys)), found))
            }
            _ => Ok(present.pop()),
        }
    }
}

impl<'a> Value<'a> {
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The names of table and key, for a complaint that comes later.
    pub fn names(&self) -> (&'static str, &'a str) {
        (self.table, self.key)
    }

    /// Where it starts, in bytes of the text.
    pub fn offset(&self) -> usize {
        self.node.span().start
    }

    pub fn problem(&self, expected: impl Into<Cow<'static, str>>, found: impl Into<String>) -> Problem {
        Problem::key(self.offset(), self.names(), expected, found)
    }

    /// That something else was expected than what stands here.
    pub fn wrong(&self, expected: impl Into<Cow<'static, str>>) -> Problem {
        self.problem(expected, self.found())
    }

    fn found(&self) -> String {
        match self.node.get_ref() {
            DeValue::String(text) => quoted(text),
            DeValue::Integer(number) => quoted(&number.to_string()),
            DeValue::Float(number) => quoted(number.as_str()),
            DeValue::Boolean(boolean) => quoted(&boolean.to_string()),
            DeValue::Datetime(time) => quoted(&time.to_string()),
            DeValue::Array(_) => "an array".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }

    pub fn as_str(&self) -> Option<&'a str> {
        match self.node.get_ref() {
            DeValue::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn string(self) -> Read<&'a str> {
        self.as_str().ok_or_else(|| self.wrong("a string"))
    }

    pub fn boolean(self) -> Read<bool> {
        self.node.get_ref().as_bool().ok_or_else(|| self.wrong("`true` or `false`"))
    }

    pub fn is_table(&self) -> bool {
        self.node.get_ref().is_table()
    }

    pub fn is_array(&self) -> bool {
        self.node.get_ref().is_array()
    }

    pub fn as_integer(&self) -> Option<u64> {
        let number = self.node.get_ref().as_integer()?;
        u64::from_str_radix(number.as_str(), number.radix()).ok()
    }

    /// An integer from `least` to `most`.
    pub fn integer(self, least: u64, most: u64) -> Read<u64> {
        let number = self.as_integer().filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| self.wrong(format!("an integer from {least} to {most}")))
    }

    pub fn integer_u32(self) -> Read<u32> {
        let number = self.as_integer().and_then(|number| u32::try_from(number).ok());
        number.ok_or_else(|| self.wrong(format!("an integer from 0 to {}", u32::MAX)))
    }

    pub fn array(self) -> Read<impl Iterator<Item = Value<'a>>> {
        let array = self.node.get_ref().as_array().ok_or_else(|| self.wrong("an array"))?;
        Ok(array.iter().map(move |node| Value { node, ..self }))
    }

    /// A table, which is called `name` from here on, with no keys but the `allowed` ones.
    pub fn table(self, name: &'static str, allowed: &[&str]) -> Read<Table<'a>> {
        self.any_table(name)?.allow(allowed)
    }

    /// A table that may have any key.
    pub fn any_table(self, name: &'static str) -> Read<Table<'a>> {
        let entries = self.node.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Ok(Table { name, entries, offset: self.offset() })
    }

    /// The tables of an array of tables.
    pub fn tables(self, name: &'static str, allowed: &'static [&str]) -> Read<impl Iterator<Item = Read<Table<'a>>>> {
        let array = self.node.get_ref().as_array().ok_or_else(|| self.wrong("an array of tables"))?;
        Ok(array.iter().map(move |node| Value { node, ..self }.table(name, allowed)))
    }

    /// One of the words of a list, by what it stands for.
    pub fn word<T: Copy>(self, words: &[(&str, T)]) -> Read<T> {
        let text = self.string()?;
        words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let near = nearest(text, &words).map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
            self.problem(one_of(&words), format!("{}{near}", quoted(text)))
        })
    }

    /// A number of bytes: an integer, or a text with a unit such as `64 KiB`.
    pub fn size(self) -> Read<u64> {
        let size = self.as_integer().or_else(|| size_of_text(self.as_str()?));
        let size = size.filter(|size| i64::try_from(*size).is_ok());
        size.ok_or_else(|| self.wrong("a number of bytes such as `4096` or `\"64 KiB\"`"))
    }

    /// A point in time, in 100 ns since 1601-01-01 UTC.
    pub fn time(self) -> Read<u64> {
        let ticks = match self.node.get_ref() {
            DeValue::Datetime(datetime) => time::from_datetime(datetime),
            DeValue::String(text) => text.strip_prefix("0x").and_then(|hex| hex_number(hex, 16)),
            _ => None,
        };
        ticks.ok_or_else(|| {
            self.wrong("a time from 1601 on such as `2024-01-02T03:04:05.1234567Z`, or 100 ns since 1601 as `\"0x…\"`")
        })
    }

    /// Bytes in hex digits, with white space between them where the writer likes.
    pub fn hex(self) -> Read<Vec<u8>> {
        let text = self.string()?;
        let mut digits = Vec::with_capacity(text.len());
        for (index, character) in text.chars().enumerate().filter(|(_, character)| !character.is_ascii_whitespace()) {
            let digit = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let found = || format!("{} as character {}", quoted(&character.to_string()), index + 1);
            digits.push(digit.ok_or_else(|| self.problem("hex digits", found()))?);
        }
        let (pairs, []) = digits.as_chunks::<2>() else {
            return Err(self.problem("two hex digits for every byte", format!("{} digits", digits.len())));
        };
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    }

    /// A number of exactly so many hex digits.
    pub fn hex_number(self, digits: usize) -> Read<u64> {
        let number = self.as_str().filter(|text| text.len() == digits).and_then(|text| hex_number(text, digits));
        number.ok_or_else(|| self.wrong(format!("a string of {digits} hex digits")))
    }

    /// A GUID, with braces or without.
    pub fn guid(self) -> Read<Guid> {
        self.as_str().and_then(guid).ok_or_else(|| self.wrong("a GUID such as `01234567-89ab-cdef-0123-456789abcdef`"))
    }

    /// A string, or `{ utf16 = "hex" }` for what no TOML string can hold.
    pub fn units(self) -> Read<Vec<u16>> {
        if let Some(text) = self.as_str() {
            return Ok(text.encode_utf16().collect());
        }
        let utf16 =
            self.node.get_ref().as_table().filter(|table| table.len() == 1).and_then(|table| table.get("utf16"));
        let node = utf16.ok_or_else(|| self.wrong("a string or `{ utf16 = \"hex\" }`"))?;
        let value = Value { node, ..self };
        let bytes = value.hex()?;
        let (units, []) = bytes.as_chunks::<2>() else {
            return Err(value.problem("two bytes for every UTF-16 unit", format!("{} bytes", bytes.len())));
        };
        Ok(units.iter().map(|unit| u16::from_le_bytes(*unit)).collect())
    }
}

const SIZE_UNITS: [(&str, u64); 4] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];

fn size_of_text(text: &str) -> Option<u64> {
    SIZE_UNITS.iter().find_map(|(unit, bytes)| {
        let number = text.strip_suffix(unit)?.trim_end_matches(' ');
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        number.parse::<u64>().ok()?.checked_mul(*bytes)
    })
}

/// The text of [`Value::size`] for a size; plain digits below 64 KiB and for odd sizes.
pub(crate) fn size_text(size: u64) -> String {
    if size < 64 << 10 {
        return size.to_string();
    }
    let unit = SIZE_UNITS.iter().rev().find(|(_, bytes)| size.is_multiple_of(*bytes));
    unit.map_or_else(|| size.to_string(), |(unit, bytes)| format!("\"{} {unit}\"", size / bytes))
}

/// At most so many hex digits, and nothing else.
fn hex_number(text: &str, most_digits: usize) -> Option<u64> {
    let is_hex = (1..=most_digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex { u64::from_str_radix(text, 16).ok() } else { None }
}

/// A GUID, in braces or not.
pub(super) fn guid(text: &str) -> Option<Guid> {
    let text = text.strip_prefix('{').map_or(Some(text), |inner| inner.strip_suffix('}'))?;
    Guid::parse(text)
}

/// `` `a`, `b` or `c` `` for an error.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [] => "nothing".to_owned(),
        [only] => format!("`{only}`"),
        [first @ .., last] => format!("one of `{}` or `{last}`", first.join("`, `")),
    }
}

/// The word that is at most two changes away, the nearest first.
pub(crate) fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    // A long word is no typing error of these, and would take long to compare.
    if word.len() > 40 {
        return None;
    }
    let lower = word.to_lowercase().replace('_', "-");
    let near = words.iter().map(|known| (changes(&lower, &known.replace('_', "-")), *known));
    near.filter(|(changes, known)| *changes <= 2 && *changes * 2 < known.len()).min().map(|(_, known)| known)
}

/// Levenshtein's distance: the fewest characters to insert, delete or replace.
fn changes(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, character) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(character != *candidate);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written_with_binary_units() {
        for (text, size) in [("64 KiB", 65_536), ("1MiB", 1 << 20), ("3 TiB", 3 << 40)] {
            assert_eq!(size_of_text(text), Some(size));
        }
        for text in ["", "KiB", "1 KB", "-1 KiB", "+1 KiB", "1.5 MiB", "99999999999999999 TiB"] {
            assert_eq!(size_of_text(text), None, "{text}");
        }
        assert_eq!(size_text(4096), "4096");
        assert_eq!(size_text(65_536), "\"64 KiB\"");
        assert_eq!(size_text((3 << 30) + 512), "3221225984");
    }

    #[test]
    fn a_guid_is_stored_with_three_little_endian_fields() {
        // The microsoft basic data partition type, as GPT stores it.
        let stored = [0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7];
        assert_eq!(guid("ebd0a0a2-b9e5-4433-87c0-68b6b72699c7"), Some(Guid(stored)));
        assert_eq!(guid("{EBD0A0A2-B9E5-4433-87C0-68B6B72699C7}"), Some(Guid(stored)));
        for bad in [
            "",
            "{ebd0a0a2-b9e5-4433-87c0-68b6b72699c7",
            "ebd0a0a2b9e5443387c068b6b72699c7",
            "ebd0a0a2-b9e5-4433-87c0-68b6b72699+7",
        ] {
            assert_eq!(guid(bad), None, "{bad}");
        }
    }

    #[test]
    fn near_misses_are_recognised() {
        let known = ["cluster", "record", "case-sensitive"];
        assert_eq!(nearest("clusters", &known), Some("cluster"));
        assert_eq!(nearest("Record", &known), Some("record"));
        assert_eq!(nearest("case_sensitive", &known), Some("case-sensitive"));
        assert_eq!(nearest("label", &known), None);
    }
}
