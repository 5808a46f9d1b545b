//! Each damage against bytes that are read here by hand: nothing of the builder or of the editor is asked.

mod exact;
mod image;
mod outside;
mod structures;
