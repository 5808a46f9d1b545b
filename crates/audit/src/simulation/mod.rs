//! What a copy of a directory or volume carries, by how it treats links and hard links.
