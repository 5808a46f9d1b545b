//! stub
use crate::volume::Volume;
use format::UpCase;
impl Volume<'_> {
    /// stub
    pub fn read_stream(&self, _: &[u64], _: &[u16], _: &UpCase, _: u64) -> Option<Vec<u8>> {
        None
    }
    /// stub
    pub fn has_stream(&self, _: &[u64], _: &[u16], _: &UpCase) -> bool {
        false
    }
    /// stub
    pub fn up_case(&self) -> Option<UpCase> {
        None
    }
}
