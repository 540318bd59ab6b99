//! Tables, keys and the kinds of value that a key may hold, each with its reader and its schema.

pub(super) mod at;
pub(super) mod forms;
pub(super) mod keys;
pub(super) mod level;
pub(super) mod pause;
pub(super) mod reader;
pub(super) mod value;
pub(super) mod words;
