//! The kinds of links, and how a spec says them.

/// What makes one path lead to what another one names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    HardLink,
    Junction,
    MountPoint,
    FileSymlink,
    DirectorySymlink,
    WslLink,
}

/// The GUID of the second volume.
pub const OTHER_VOLUME: &str = "11111111-2222-3333-4444-555555555555";

impl Kind {
    /// As the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::HardLink => "hard link",
            Kind::Junction => "junction",
            Kind::MountPoint => "volume mount point",
            Kind::FileSymlink => "symbolic link, made for a file",
            Kind::DirectorySymlink => "symbolic link, made for a directory",
            Kind::WslLink => "WSL link",
        }
    }

    /// The `type` of its edges in the graph.
    pub fn edge_type(self) -> &'static str {
        match self {
            Kind::HardLink => "hard_link",
            Kind::Junction => "junction",
            Kind::MountPoint => "mount_point",
            Kind::FileSymlink | Kind::DirectorySymlink => "symlink",
            Kind::WslLink => "wsl_symlink",
        }
    }

    /// The keys of a link to a target, which is written as Windows' users do: `C:\x`, `\\server\share`, `..\x`. A volume
    /// mount point always leads to the other volume.
    ///
    /// A hard link has none: it is a name of the target.
    pub fn keys(self, target: &str) -> String {
        match self {
            Kind::HardLink => String::new(),
            Kind::Junction => {
                let substitute = substitute_name(target);
                format!("directory = true\nreparse = {{ tag = \"MOUNT_POINT\", substitute = '{substitute}' }}\n")
            }
            Kind::MountPoint => format!("volume-mount-point = \"{OTHER_VOLUME}\"\n"),
            Kind::FileSymlink => format!("symlink = '{target}'\n"),
            Kind::DirectorySymlink => format!("directory = true\nsymlink = '{target}'\n"),
            Kind::WslLink => format!("lx-symlink = '{}'\n", unix_path(target)),
        }
    }
}

/// The spelling of reparse points, also where no junction may have it (reference C.2).
fn substitute_name(target: &str) -> String {
    match target.strip_prefix(r"\\") {
        Some(remote) => format!(r"\??\UNC\{remote}"),
        None if target.contains(':') => format!(r"\??\{target}"),
        None => target.to_owned(),
    }
}

/// The spelling of WSL, to which drive C is `/mnt/c`.
fn unix_path(target: &str) -> String {
    let path = match target.split_once(':') {
        Some((letter, below)) => format!("/mnt/{}{below}", letter.to_ascii_lowercase()),
        None => target.to_owned(),
    };
    path.replace('\\', "/")
}
