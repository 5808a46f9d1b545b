use regf::{DataType, HiveBuilder};

use super::{DeviceId, HiveError, KEY, MountName, MountedDevice, mounted_devices};
use format::Guid;

/// The disk signature 0x1B2A4C3D and the offset 0x100000.
const MBR: [u8; 12] = [0x3D, 0x4C, 0x2A, 0x1B, 0, 0, 0x10, 0, 0, 0, 0, 0];
const GPT: &[u8; 24] = b"DMIO:ID:0123456789abcdef";
const VOLUME: &str = r"\??\Volume{1b2a4c3d-0000-0000-0000-100000000000}";

/// A hive with the keys that a `SYSTEM` hive has, and these values in that of mounted devices.
fn hive(values: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = HiveBuilder::new_with_name("SYSTEM").unwrap();
    let root = builder.root_offset();
    for name in ["ControlSet001", KEY, "Select", "Setup"] {
        let key = builder.add_key(root, name).unwrap();
        let values = if name == KEY { values } else { &[] };
        values.iter().for_each(|(name, data)| {
            builder.add_value(key, name, DataType::Binary, data).unwrap();
        });
    }
    builder.to_bytes().unwrap()
}

fn ordinary_hive() -> Vec<u8> {
    hive(&[(VOLUME, &MBR), (r"\DosDevices\D:", GPT), (r"\DosDevices\C:", &MBR)])
}

fn letter(letter: u8, device: DeviceId) -> MountedDevice {
    MountedDevice { name: MountName::DriveLetter(letter), device }
}

fn mbr() -> DeviceId {
    DeviceId::Mbr { signature: 0x1B2A_4C3D, offset: 0x10_0000 }
}

fn check(values: &[(&str, &[u8])], expected: &[MountedDevice]) {
    assert_eq!(mounted_devices(&hive(values)).unwrap(), expected);
}

fn check_error(hive: &[u8], expected: &str) {
    let message = mounted_devices(hive).unwrap_err().to_string();
    assert_eq!(message, expected);
}

/// Where a little-endian number of a hive says that a cell's content is.
fn place(hive: &[u8], field: usize) -> usize {
    4096 + 4 + u32::from_le_bytes(hive[field..field + 4].try_into().unwrap()) as usize
}

/// Where the content of the root key is, and of the list of its subkeys.
fn root_and_list(hive: &[u8]) -> (usize, usize) {
    let root = place(hive, 0x24);
    (root, place(hive, root + 0x1C))
}

/// Where the content of the key of mounted devices is: the second of four, whose elements are a place and a hash.
fn key(hive: &[u8]) -> usize {
    let (_, list) = root_and_list(hive);
    place(hive, list + 4 + 8)
}

#[test]
fn letters_and_volumes_come_with_their_devices() {
    let gpt = DeviceId::Gpt(Guid(*b"0123456789abcdef"));
    let guid = Guid::parse("1b2a4c3d-0000-0000-0000-100000000000").unwrap();
    let volume = MountedDevice { name: MountName::Volume(guid), device: mbr() };
    assert_eq!(mounted_devices(&ordinary_hive()).unwrap(), [letter(b'C', mbr()), letter(b'D', gpt), volume]);
}

#[test]
fn names_are_compared_in_any_case() {
    check(&[(r"\dosdevices\e:", &MBR)], &[letter(b'E', mbr())]);
}

#[test]
fn entries_of_other_forms_are_left_out() {
    // A device path in UTF-16, as of removable drives; one of them is as long as a partition of a GPT disk.
    let path: Vec<u8> = r"\??\SCSI#CdRom".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let values: [(&str, &[u8]); 10] = [
        (r"\DosDevices\E:", &path),
        (r"\DosDevices\F:", &path[..24]),
        (r"\DosDevices\G:", &MBR[..4]), // in the value itself
        (r"\DosDevices\H:", &[]),
        (r"\DosDevices\CD:", &MBR),
        (r"\DosDevices\1:", &MBR),
        (r"\DosDevices\É:", &MBR),
        ("#{1b2a4c3d-0000-0000-0000-100000000000}", &MBR),
        (r"\??\Volume{1b2a4c3d}", &MBR),
        ("", &MBR),
    ];
    check(&values, &[]);
}

#[test]
fn a_hive_without_the_key_says_so() {
    let mut builder = HiveBuilder::new_with_name("SOFTWARE").unwrap();
    check_error(&builder.to_bytes().unwrap(), "the registry hive has no key MountedDevices");
    builder.add_key(builder.root_offset(), "Classes").unwrap();
    check_error(&builder.to_bytes().unwrap(), "the registry hive has no key MountedDevices");
}

#[test]
fn what_is_no_hive_is_refused() {
    let message = "not a registry hive: expected a header of 4096 bytes that begins with \"regf\"";
    check_error(&[], message);
    check_error(&ordinary_hive()[..4095], message);
    check_error(&[0; 8192], message);
}

#[test]
fn a_hive_that_was_in_use_is_read_as_it_lies() {
    let mut hive = ordinary_hive();
    hive[4] = hive[4].wrapping_add(1); // the first sequence number, and with it the checksum
    assert_eq!(mounted_devices(&hive).unwrap().len(), 3);
}

#[test]
fn a_damaged_key_says_where_it_is() {
    let mut hive = ordinary_hive();
    let (root, _) = root_and_list(&hive);
    let offset = root - 4 - 4096;
    hive.truncate(root);
    let end = hive.len() - 4096;
    let size = u32::from_le_bytes(hive[root - 4..].try_into().unwrap()).wrapping_neg();
    let cause = format!("(cell size: {size}, hbin ends at: {end})");
    let message = format!("Cell at offset 0x{offset:08X} extends beyond hbin boundary {cause}");
    check_error(&hive, &format!("the registry hive is damaged: {message}"));
}

#[test]
fn a_count_that_no_machine_has_makes_no_room() {
    let mut hive = ordinary_hive();
    let key = key(&hive);
    hive[key + 0x24..key + 0x28].copy_from_slice(&u32::MAX.to_le_bytes());
    let message = "the key MountedDevices of the registry hive claims 4294967295 values, more than 16384";
    check_error(&hive, message);
}

#[test]
fn a_list_that_names_itself_ends() {
    let mut hive = ordinary_hive();
    let (root, list) = root_and_list(&hive);
    let own_offset: [u8; 4] = hive[root + 0x1C..root + 0x20].try_into().unwrap();
    hive[list..list + 4].copy_from_slice(b"ri\x02\x00"); // a list of two lists
    hive[list + 4..list + 8].copy_from_slice(&own_offset);
    hive[list + 8..list + 12].copy_from_slice(&own_offset);
    assert!(matches!(mounted_devices(&hive), Err(HiveError::TooCostly)));
}

#[test]
fn values_that_share_one_long_cell_are_not_copied_for_ever() {
    const LENGTH: usize = 64_000;
    // Version 1.3 has no limit to the length of a cell.
    let mut builder = HiveBuilder::new_with_version("SYSTEM", 3).unwrap();
    let key = builder.add_key(builder.root_offset(), KEY).unwrap();
    for name in ["list", "value"] {
        builder.add_value(key, name, DataType::Binary, &[0; LENGTH]).unwrap();
    }
    let mut hive = builder.to_bytes().unwrap();
    // The data of one value become a list of values, all of them the data of the other.
    let key = 4096 + 4 + key as usize;
    let values = place(&hive, key + 0x28);
    let data_of = |hive: &[u8], index: usize| place(hive, place(hive, values + 4 * index) + 8);
    let (list, value) = (data_of(&hive, 0), data_of(&hive, 1));
    hive[value..value + 2].copy_from_slice(b"vk");
    hive[list..list + LENGTH].copy_from_slice(&(value as u32 - 4096 - 4).to_le_bytes().repeat(LENGTH / 4));
    hive[key + 0x24..key + 0x28].copy_from_slice(&(LENGTH as u32 / 4).to_le_bytes());
    hive[key + 0x28..key + 0x2C].copy_from_slice(&(list as u32 - 4096 - 4).to_le_bytes());
    assert!(matches!(mounted_devices(&hive), Err(HiveError::TooCostly)));
}

#[test]
fn no_cut_and_no_flipped_byte_stops_the_reader() {
    let hive = ordinary_hive();
    for length in (0..hive.len()).step_by(4) {
        let _ = mounted_devices(&hive[..length]);
    }
    let used = hive.iter().rposition(|byte| *byte != 0).unwrap();
    for offset in (0..0x200).chain(4096..=used) {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = hive.clone();
            damaged[offset] ^= mask;
            let _ = mounted_devices(&damaged);
        }
    }
}
