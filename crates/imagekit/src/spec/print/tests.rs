//! What is printed is read back as it was, for descriptions drawn at random.
#![allow(clippy::cast_possible_truncation, reason = "random numbers are cut to size")]

use std::collections::{HashMap, HashSet};

use format::{FileReference, Guid, ReparseTag};

use super::super::place::as_compared;
use super::super::{default_serial, is_case_sensitive, parse, time};
use super::{print, print_with_comment};
use crate::description::{Content, ExtendedAttribute, Extra, File, Geometry, Image, Name, Stored, Stream, Volume};
use crate::partition_table::{Disk, Partition, TableKind};
use crate::reparse::{Layout, NfsObject, PathNames, Reparse, WciTag, WofProvider};
use crate::tree::{SYSTEM_FILES, system, system_reference};
use crate::{extended_attributes, foreign_link, reparse};

/// A generator of numbers that look random: SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// True once in so many times.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn pick<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    fn guid(&mut self) -> Guid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        Guid(bytes)
    }

    fn ticks(&mut self) -> u64 {
        let before_10000 = self.next() % 2_650_467_744_000_000_000;
        let (second, any) = (before_10000 / 10_000_000 * 10_000_000, self.next());
        self.pick(&[time::DEFAULT, time::DEFAULT, second, before_10000, any, 0])
    }

    fn text(&mut self) -> Vec<u16> {
        const TEXTS: &[&str] = &[
            "a",
            "A",
            "b",
            "é",
            "É",
            "x y",
            "it's",
            "\"",
            r"C:\x",
            r"..\a",
            r"\a\b",
            "a/b",
            ".",
            "..",
            "1-2",
            "5-5",
            "\u{202e}txt",
            "\u{1b}[2J",
            "$Extend",
            "$extend",
            "\u{1f600}",
            "\0",
            "a\0b",
            "\\",
            "=1+1",
            "</script>",
            "line\nbreak\ttab\r",
            "#",
            "'''",
            r"\\server\share",
            r"\\?\C:\x",
            "a. ",
            "CON",
        ];
        if self.one_in(8) {
            let units = [0xD800, 0xDC00, 0x41, 0x5C, 0x2F, 0, 0xFFFF, 0xFEFF];
            return (0..=self.below(3)).map(|_| self.pick(&units)).collect();
        }
        if self.one_in(30) {
            return vec![0x6E; 255];
        }
        self.pick(TEXTS).encode_utf16().collect()
    }

    fn content(&mut self) -> Content {
        let length = self.next() >> self.pick(&[1, 20, 40, 50, 63]);
        match self.below(8) {
            0 => Content::Zeros(length),
            1 => Content::Hole(length),
            2 => Content::Bytes(self.stored(Vec::new())),
            3 => {
                let bytes = self.bytes(40);
                Content::Bytes(self.stored(bytes))
            }
            4 => {
                let target = self.text();
                let (major, minor) = (self.next() % 300, self.next() >> self.pick(&[0, 32, 60]));
                let links = [
                    foreign_link::interix_symlink(&target),
                    foreign_link::cygwin_symlink(&target),
                    foreign_link::interix_character(major, minor),
                    foreign_link::interix_block(major, minor),
                ];
                let link = self.pick(&links);
                Content::Bytes(self.stored(link))
            }
            _ => {
                let text = String::from_utf16_lossy(&self.text()).into_bytes();
                Content::Bytes(self.stored(text))
            }
        }
    }

    fn stored(&mut self, bytes: Vec<u8>) -> Stored {
        Stored { bytes: bytes.into(), in_clusters: self.one_in(6) }
    }

    fn path_names(&mut self) -> PathNames {
        let layouts =
            [Layout::SubstituteFirst, Layout::SubstituteFirstUnterminated, Layout::PrintFirst, Layout::Shared];
        let layout = self.pick(&layouts);
        let substitute = self.text();
        let print = match layout {
            Layout::Shared => substitute[self.below(substitute.len() + 1)..].to_vec(),
            _ => self.text(),
        };
        let after = if self.one_in(3) { self.bytes(5) } else { Vec::new() };
        PathNames { substitute, print, layout, after }
    }

    fn reparse(&mut self) -> Reparse {
        let (major, minor) = (self.below(300) as u32, self.next() as u32);
        let version = self.pick(&[1, 2, 3, 7]);
        match self.below(17) {
            0 => Reparse::MountPoint(self.path_names()),
            1 => Reparse::Symlink { names: self.path_names(), flags: self.pick(&[0, 1, 7, u32::MAX]) },
            2 => Reparse::GlobalReparse { names: self.path_names(), flags: self.pick(&[0, 1]) },
            3 => Reparse::LxSymlink { version, target: self.bytes(6) },
            4 => Reparse::LxSymlink { version, target: String::from_utf16_lossy(&self.text()).into_bytes() },
            5 => Reparse::Nfs(NfsObject::Symlink(self.text())),
            6 => Reparse::Nfs(NfsObject::Character { major, minor }),
            7 => Reparse::Nfs(NfsObject::Block { major, minor }),
            8 => Reparse::Nfs(self.pick(&[NfsObject::Fifo, NfsObject::Socket])),
            9 => {
                let strings = (0..self.below(6)).map(|_| self.text());
                let strings = strings.filter(|string| !string.contains(&0)).collect();
                Reparse::AppExecLink { version, strings }
            }
            10 => {
                let tag = self.pick(&[WciTag::Wci, WciTag::Wci1]);
                Reparse::Wci { tag, version, layer: self.guid(), path: self.text() }
            }
            11 => Reparse::Wof(WofProvider::File { algorithm: self.below(6) as u32 }),
            12 => Reparse::Wof(WofProvider::Wim {
                flags: self.below(2) as u32,
                data_source: self.next() >> 1,
                content_hash: [self.next() as u8; 20],
                table_hash: [self.next() as u8; 20],
                size: self.next() >> 20,
                stored_size: self.next() >> 30,
                offset: self.next() >> 1,
            }),
            13 => {
                let tags = [0x9000_001A, 0x8000_0024, 0xA000_0003, 0x8000_1234, 0x8000_0017];
                Reparse::Microsoft { tag: ReparseTag(self.pick(&tags)), data: self.bytes(30) }
            }
            14 => {
                let tags = [0x0000_6375, 0x2000_000D, 0x0000_1234, 0xA000_000C];
                Reparse::ThirdParty { tag: ReparseTag(self.pick(&tags)), guid: self.guid(), data: self.bytes(30) }
            }
            15 => reparse::junction(&self.text()).unwrap_or_else(|_| reparse::volume_mount_point(self.guid())),
            _ => reparse::symlink(&self.text()).unwrap_or(Reparse::Raw(vec![0xFF; 4 + self.below(30)])),
        }
    }

    fn extended_attributes(&mut self) -> Vec<ExtendedAttribute> {
        let mut attributes = Vec::new();
        for _ in 0..self.below(5) {
            let number = self.next() as u32;
            attributes.push(match self.below(6) {
                0 => extended_attributes::lx_uid(number),
                1 => extended_attributes::lx_gid(number),
                2 => extended_attributes::lx_mode(number),
                3 => extended_attributes::lx_device(number, 1),
                4 => ExtendedAttribute { name: b"$LXUID".to_vec(), value: self.bytes(5), is_needed: self.one_in(2) },
                _ => {
                    let name = [&[b'x'][..], &self.bytes(3)].concat();
                    ExtendedAttribute { name, value: self.bytes(5), is_needed: self.one_in(2) }
                }
            });
        }
        attributes
    }

    fn streams(&mut self) -> Vec<Stream> {
        let mut names = HashSet::new();
        let mut streams: Vec<_> =
            (0..self.below(4)).map(|_| Stream { name: self.text(), content: self.content() }).collect();
        streams.retain(|stream| names.insert(as_compared(&stream.name, false)));
        streams
    }

    fn extra(&mut self, is_directory: bool) -> Option<Box<Extra>> {
        let object_id = (self.guid(), self.one_in(2).then(|| [self.guid(), Guid([0; 16]), self.guid()]));
        let case_sensitive = u32::from(is_directory && self.one_in(3));
        let flags = [0, 1, 0x20];
        let extra = Extra {
            extra_flags: case_sensitive | if self.one_in(4) { self.pick(&flags) } else { 0 },
            reparse: self.one_in(2).then(|| self.reparse().encode().expect("a value")).map(|bytes| self.stored(bytes)),
            object_id: self.one_in(6).then_some(object_id),
            extended_attributes: if self.one_in(4) { self.extended_attributes() } else { Vec::new() },
            streams: if self.one_in(4) { self.streams() } else { Vec::new() },
        };
        (extra != Extra::default()).then(|| Box::new(extra))
    }

    /// A file without names.
    fn file(&mut self, reference: FileReference, volume_time: u64) -> File {
        let is_directory = self.one_in(2);
        let times = if self.one_in(2) { [volume_time; 4] } else { [0; 4].map(|_| self.ticks()) };
        let content = match is_directory {
            true => self.one_in(5).then(|| self.content()),
            false => (!self.one_in(5)).then(|| self.content()),
        };
        File {
            reference,
            is_directory,
            is_deleted: self.one_in(4),
            names: Vec::new(),
            times: if self.one_in(3) { [times[0]; 4] } else { times },
            attributes: self.pick(&[0, 0x20, 0x20, 0x24, 0x04, 0x06, 0x4000_0000, u32::MAX]),
            content,
            extra: self.one_in(2).then(|| self.extra(is_directory)).flatten(),
        }
    }

    fn files(&mut self, volume_time: u64) -> Vec<File> {
        let mut files = Vec::new();
        let mut record = 27;
        for _ in 0..self.below(25) {
            record += if self.one_in(5) { self.below(5) as u64 } else { 0 };
            let sequence = self.pick(&[1, 1, 1, 2, u16::MAX]);
            files.push(self.file(FileReference::new(record, sequence), volume_time));
            record += 1;
        }
        let directories = files.iter().filter(|file| file.is_directory);
        let mut directories: Vec<_> = directories.map(|file| (file.reference, is_case_sensitive(file))).collect();
        directories.extend([(system_reference(system::ROOT), false), (system_reference(system::EXTEND), false)]);
        let mut taken: HashSet<(FileReference, Box<[u16]>)> = HashSet::new();
        for (_, directory, name) in SYSTEM_FILES {
            let units: Vec<u16> = name.encode_utf16().collect();
            taken.insert((system_reference(directory), as_compared(&units, false)));
        }
        let by_reference: HashMap<_, _> = directories.iter().copied().collect();
        for file in &mut files {
            for _ in 0..self.pick(&[0, 1, 1, 1, 2, 3]) {
                let name = self.name(&directories);
                let is_case_sensitive = by_reference.get(&name.parent).copied().unwrap_or(false);
                let key = (name.parent, as_compared(&name.units, is_case_sensitive));
                if file.is_deleted || taken.insert(key) {
                    file.names.push(name);
                }
            }
            self.add_dos_name(file, &mut taken);
        }
        files
    }

    fn name(&mut self, directories: &[(FileReference, bool)]) -> Name {
        let parent = match self.below(8) {
            0 => FileReference::new(self.below(60) as u64, self.pick(&[0, 1, 5, 11])),
            1 => FileReference::new((1 << 48) - 1, 3),
            2 | 3 => system_reference(system::ROOT),
            _ => self.pick(directories).0,
        };
        Name { parent, units: self.text().into(), namespace: self.pick(&[0, 0, 0, 1, 2, 3]) }
    }

    fn add_dos_name(&mut self, file: &mut File, taken: &mut HashSet<(FileReference, Box<[u16]>)>) {
        let Some(last) = file.names.last().filter(|name| name.namespace == 1) else { return };
        let units: Box<[u16]> = format!("DOS{}~1", self.below(1000)).encode_utf16().collect();
        if taken.insert((last.parent, units.clone())) {
            let parent = last.parent;
            file.names.push(Name { parent, units, namespace: 2 });
        }
    }

    fn volume(&mut self, index: usize) -> Volume {
        let sector = self.pick(&[512, 512, 1024, 4096]);
        let volume_time = self.ticks();
        let any = self.next();
        Volume {
            geometry: Geometry {
                sector,
                cluster: self.pick(&[4096, 4096, 8192, 65_536, 2 << 20]),
                record: if sector == 4096 { 4096 } else { self.pick(&[1024, 4096]) },
            },
            label: if self.one_in(2) { self.text().into_iter().take(128).collect() } else { Vec::new() },
            serial: self.pick(&[default_serial(index), default_serial(index + 1), any]),
            flags: self.pick(&[0, 0, 1, 0x81, 0x8000, u16::MAX]),
            size: self.pick(&[None, Some(1 << 20), Some(4096), Some((1 << 40) + 4096)]),
            time: volume_time,
            mft_pieces: self.pick(&[1, 1, 3]),
            files: self.files(volume_time),
        }
    }

    fn image(&mut self) -> Image {
        if !self.one_in(4) {
            return Image { disk: None, volumes: vec![self.volume(0)] };
        }
        let volumes: Vec<_> = (0..=self.below(3)).map(|index| self.volume(index)).collect();
        let is_gpt = self.one_in(2);
        let table = match is_gpt {
            true => TableKind::Gpt { disk: self.guid() },
            false => TableKind::Mbr { signature: self.next() as u32 },
        };
        let partitions = volumes.iter().enumerate().map(|(index, volume)| {
            let partition = Partition {
                start: self.one_in(2).then(|| self.next() >> 20 << 12 | 4096),
                is_bootable: self.one_in(3),
                ..Partition::new(volume.size.unwrap_or(0))
            };
            if is_gpt {
                let id = if self.one_in(2) { self.guid() } else { super::volume::default_partition_id(index) };
                Partition { id, gpt_type: self.guid(), name: self.text().into_iter().take(36).collect(), ..partition }
            } else {
                let id = super::volume::default_partition_id(index);
                Partition { id, is_logical: self.one_in(2), mbr_type: self.pick(&[7, 0x27, 0xFF]), ..partition }
            }
        });
        let partitions = partitions.collect();
        let disk = Disk { sector: self.pick(&[512, 4096]), alignment: self.pick(&[4096, 1 << 20]), table, partitions };
        Image { disk: Some(disk), volumes }
    }
}

#[test]
fn printed_descriptions_are_read_back_as_they_were() {
    for seed in 0..3000 {
        let image = Random(seed).image();
        let text = print(&image);
        let spec = parse("printed", &text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        assert_eq!(spec.image, image, "seed {seed}:\n{text}");
        assert_eq!(print(&spec.image), text, "seed {seed}");
    }
}

#[test]
fn a_comment_goes_before_everything_and_cannot_leave_its_lines() {
    let image = parse("", "[[file]]\npath = '\\a'\n").expect("a spec").image;
    let text = print_with_comment(&image, "one\n\ntwo\u{1b}\r");
    assert_eq!(text, "# one\n#\n# two\\u{1b}\\r\n\n[[file]]\npath = '\\a'\n");
}

fn check_print(spec: &str) {
    let image = parse("spec", spec).expect("a spec").image;
    assert_eq!(print(&image), spec);
}

/// Each is the shortest form of what it says.
#[test]
fn shortest_forms_are_printed() {
    check_print("");
    check_print("[volume]\nlabel = 'x'\ncluster = \"64 KiB\"\nflags = [\"dirty\", \"short_names_disabled\"]\n");
    check_print("[[file]]\npath = '\\a'\ndirectory = true\n\n[[file]]\npath = '\\a\\b'\n");
    check_print("[[file]]\npath = '\\long name.txt'\ndos = 'LONGNA~1.TXT'\nnames = ['\\other']\ntext = 'x'\n");
    check_print("[[file]]\npath = '\\j'\njunction = 'C:\\x'\n");
    check_print("[[file]]\npath = '\\j'\ndirectory = false\njunction = 'C:\\x'\n");
    check_print("[[file]]\npath = '\\m'\nvolume-mount-point = \"01234567-89ab-cdef-0123-456789abcdef\"\n");
    check_print("[[file]]\npath = '\\s'\nsymlink = '..\\x'\nattributes = [\"hidden\"]\n");
    check_print("[[file]]\npath = '\\d'\ndirectory = true\nsymlink = '..\\x'\n");
    check_print("[[file]]\npath = '\\l'\nlx-symlink = '/x'\nlx = { uid = 0, gid = 0, mode = 0o120777 }\n");
    check_print("[[file]]\npath = '\\n'\nnfs-symlink = '/x'\n");
    check_print("[[file]]\npath = '\\i'\ninterix-symlink = '/x'\n");
    check_print("[[file]]\npath = '\\i'\ninterix-block = [8, 1]\nattributes = [\"system\"]\n");
    check_print("[[file]]\npath = '\\c'\ncygwin-symlink = '/x'\n");
    check_print("[[file]]\npath = '\\a'\napp-exec-link = { package = 'p', app = 'p!a', target = 'C:\\x' }\n");
    check_print("[[file]]\npath = '\\w'\nwof = \"lzx\"\nhole = 5000\nstreams = [{ name = 'WofCompressedData' }]\n");
    check_print("[[file]]\npath = '\\x'\nreparse = { tag = \"LX_FIFO\" }\n");
    check_print("[[file]]\nparent = '\\'\nname = 'x'\n".replace("parent = '\\'\nname = 'x'", "path = '\\x'").as_str());
    check_print("[[file]]\nparent = '\\'\nname = { utf16 = \"5c00\" }\nrecord = 40\nsequence = 3\ndeleted = true\n");
    check_print("[[file]]\nparent = \"47-3\"\nname = '..'\nno-content = true\n");
}
