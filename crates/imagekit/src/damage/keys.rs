//! The keys of a damage as a spec gives them, before they are a [`Damage`](super::Damage).

use std::collections::BTreeMap;

use thiserror::Error;

/// A key that a kind of damage takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyInfo {
    /// Its name.
    pub name: &'static str,
    /// What it says, in one sentence.
    pub what: &'static str,
    /// What values it takes.
    pub kind: KeyKind,
    /// Whether it has to be there.
    pub is_required: bool,
}

/// What values a key takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyKind {
    /// A record number, which may be given by a path. An [integer](KeyValue::Integer).
    Record,
    /// A number.
    Integer,
    /// A number of bytes. An integer.
    Size,
    /// The type of an attribute, which may be given by its name. An integer.
    AttributeType,
    /// A reparse tag, which may be given by its name. An integer.
    Tag,
    /// A file reference, `47-3`. An integer.
    Reference,
    /// A name of a file, attribute or index. [Units](KeyValue::Units).
    Name,
    /// [Bytes](KeyValue::Bytes).
    Hex,
    /// One of these [words](KeyValue::Word).
    Word(&'static [&'static str]),
}

/// The value of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum KeyValue {
    /// A number.
    Integer(u64),
    /// UTF-16 units.
    Units(Vec<u16>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A word.
    Word(String),
}

/// What is wrong with the keys of a damage.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("key `{key}`: expected {expected}")]
pub struct KeyError {
    /// The key, which is there or missing.
    pub key: String,
    /// What it takes.
    pub expected: String,
}

impl KeyError {
    pub(super) fn new(key: &str, expected: impl Into<String>) -> Self {
        Self { key: key.to_owned(), expected: expected.into() }
    }
}

/// The keys of one damage.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Keys(pub BTreeMap<String, KeyValue>);

impl Keys {
    pub(super) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(super) fn integer(&self, key: &str) -> Result<u64, KeyError> {
        match self.0.get(key) {
            Some(KeyValue::Integer(number)) => Ok(*number),
            _ => Err(KeyError::new(key, "a number")),
        }
    }

    /// A number of at most `most`; `default` where the key is absent.
    pub(super) fn integer_or(&self, key: &str, default: u64, most: u64) -> Result<u64, KeyError> {
        let number = if self.has(key) { self.integer(key)? } else { default };
        if number > most {
            return Err(KeyError::new(key, format!("an integer from 0 to {most}")));
        }
        Ok(number)
    }

    /// A position in a structure of at most 64 KiB.
    pub(super) fn position(&self, key: &str) -> Result<usize, KeyError> {
        let number = self.integer_or(key, 0, u64::from(u16::MAX))?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    pub(super) fn units(&self, key: &str) -> Result<Vec<u16>, KeyError> {
        match self.0.get(key) {
            Some(KeyValue::Units(units)) => Ok(units.clone()),
            _ => Err(KeyError::new(key, "a name")),
        }
    }

    pub(super) fn bytes(&self, key: &str) -> Result<Vec<u8>, KeyError> {
        match self.0.get(key) {
            Some(KeyValue::Bytes(bytes)) => Ok(bytes.clone()),
            _ => Err(KeyError::new(key, "bytes in hex digits")),
        }
    }

    pub(super) fn word(&self, key: &str) -> Option<&str> {
        match self.0.get(key) {
            Some(KeyValue::Word(word)) => Some(word),
            _ => None,
        }
    }
}
