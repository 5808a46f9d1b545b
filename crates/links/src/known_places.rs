//! What a volume says itself of the letters and GUIDs of volumes: its registry, its own Windows' links, and its place in
//! the partition table.

use format::Guid;
use image::Scheme;
use volume::StreamOf;

use crate::components::Components;
use crate::link::LinkTarget;
use crate::mounted_devices::{DeviceId, MountName, mounted_devices};
use crate::paths::{Above, ROOT};
use crate::reparse_type::LinkType;
use crate::resolver::{Resolver, VolumeView};
use crate::target_name::{Root, TargetName};
use crate::verdict::FileId;

/// Names that are looked up on every volume, beside those of Windows' own links.
pub(crate) const KNOWN_NAMES: [&str; 8] =
    ["Windows", "System32", "config", "SYSTEM", "Users", "ProgramData", "NTUSER.DAT", "WcSandboxState"];

/// The registry's file, from the root.
const SYSTEM_HIVE: [&str; 4] = ["Windows", "System32", "config", "SYSTEM"];

/// Bytes of a registry file that are read; the largest that Windows loads is smaller.
///
/// Source: Microsoft "Registry Storage Space" (2 GB for all of them, SYSTEM half of the memory at most).
const LARGEST_HIVE: u64 = 512 << 20;

/// Names that are looked up for one fixed path.
const MOST_STEPS: u32 = 256;

/// Adds what the volumes say to what the user said.
pub(crate) fn discover_mounts(resolver: &mut Resolver<'_>) {
    for volume in 0..resolver.volumes.len() {
        for (name, named) in hive_entries(resolver, volume) {
            match name {
                MountName::DriveLetter(letter) => resolver.mounts.add_hive_letter(volume, letter, named),
                MountName::Volume(guid) => resolver.mounts.add_hive_guid(volume, guid, named),
            }
        }
        if let Some(letter) = assumed_letter(resolver, volume) {
            resolver.mounts.assume_letter(volume, letter);
        }
        if let Some(guid) = resolver.view(volume).and_then(partition_guid) {
            resolver.mounts.assume_guid(guid, volume);
        }
    }
}

/// What the registry on a volume calls the volumes that were read, its own among them.
fn hive_entries(resolver: &Resolver<'_>, volume: usize) -> Vec<(MountName, usize)> {
    let names = Components::of_texts(SYSTEM_HIVE);
    let Some(view) = resolver.view(volume) else { return Vec::new() };
    let Ok(found) = resolver.walk_from_root(volume, &names, MOST_STEPS) else { return Vec::new() };
    let Some(file) = resolver.file(found.file).filter(|_| found.file.volume == volume) else { return Vec::new() };
    let records = file.records();
    let hive = StreamOf { records: &records, name: &[], up_case: &view.files.up_case };
    let bytes = view.volume.read_stream(hive, LARGEST_HIVE);
    // A registry that cannot be read says nothing; that it cannot is no damage of the volume.
    let devices = bytes.and_then(|bytes| mounted_devices(&bytes).ok()).unwrap_or_default();
    let named = |device: &DeviceId| resolver.volumes.iter().position(|view| is_device(view, device));
    devices.iter().filter_map(|entry| Some((entry.name, named(&entry.device)?))).collect()
}

/// Whether a volume is the one that the registry means.
fn is_device(view: &VolumeView<'_>, device: &DeviceId) -> bool {
    let partition = &view.volume.partition;
    match device {
        DeviceId::Mbr { signature, offset } => {
            let is_on_disk = partition.scheme == Scheme::Mbr && view.disk_signature == Some(*signature);
            is_on_disk && partition.offset.0 == *offset
        }
        DeviceId::Gpt(guid) => partition.scheme == Scheme::Gpt && partition.guid.map(|guid| guid.0) == Some(guid.0),
    }
}

/// The letter that a Windows volume's own links name: those where Windows makes its compatibility links.
fn assumed_letter(resolver: &Resolver<'_>, volume: usize) -> Option<u8> {
    let exists = |names: &[&str]| {
        let found = resolver.find(volume, &Components::of_texts(names.iter().copied())).ok()?;
        (found.file.volume == volume && resolver.is_directory(found.file)).then_some(found.file)
    };
    let users = exists(&["Users"]);
    if users.is_none() && exists(&["Windows", "System32"]).is_none() {
        return None;
    }
    let root = FileId { volume, record: ROOT };
    let homes = [Some(root), users, exists(&["ProgramData"])];
    let mut counts = [0_u64; 26];
    for (id, link) in resolver.links.iter().filter(|(id, _)| id.volume == volume) {
        let LinkTarget::Windows(TargetName::Absolute(Root::Drive(letter), _)) = &link.target else { continue };
        if !matches!(link.link_type, LinkType::Junction | LinkType::Symlink) {
            continue;
        }
        let is_own = is_where_windows_links(resolver, *id, &homes, users);
        let count = usize::from(letter.wrapping_sub(b'A'));
        counts.get_mut(count).filter(|_| is_own).into_iter().for_each(|count| *count += 1);
    }
    let most = counts.iter().copied().max().filter(|most| *most > 0)?;
    let index = counts.iter().position(|count| *count == most)?;
    u8::try_from(index).ok().map(|index| b'A'.saturating_add(index))
}

/// Whether a link is in one of the directories where Windows makes links, or in one directly below `\Users`.
fn is_where_windows_links(
    resolver: &Resolver<'_>,
    link: FileId,
    homes: &[Option<FileId>],
    users: Option<FileId>,
) -> bool {
    let (Some(view), Some(file)) = (resolver.view(link.volume), resolver.file(link)) else { return false };
    let directory = |above| match above {
        Above::Directory(record) => Some(FileId { record, ..link }),
        _ => None,
    };
    file.is_in_use()
        && file.names().any(|name| {
            let parent = directory(view.paths.above_name(view.files, &file, &name));
            let grandparent = parent.and_then(|parent| directory(resolver.above(parent)));
            parent.is_some() && homes.contains(&parent) || grandparent.is_some() && grandparent == users
        })
}

/// The GUID under which Windows 10 and later mount a partition: its own on a GPT disk, else one made of the disk's
/// signature and where it begins.
///
/// Not guaranteed by anybody; but no other volume has it.
///
/// Source: reference D.2.
fn partition_guid(view: &VolumeView<'_>) -> Option<Guid> {
    let partition = &view.volume.partition;
    match partition.scheme {
        Scheme::Gpt => partition.guid.map(|guid| Guid(guid.0)),
        Scheme::Mbr => {
            let [a, b, c, d] = view.disk_signature?.to_le_bytes();
            let [e, f, g, h, i, j, k, l] = partition.offset.0.to_le_bytes();
            Some(Guid([a, b, c, d, 0, 0, 0, 0, e, f, g, h, i, j, k, l]))
        }
        Scheme::None => None,
    }
}
