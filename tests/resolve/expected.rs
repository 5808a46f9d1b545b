//! What is expected of the edge of a link.

use serde_json::{Map, Value, json};

/// All that the edge says but its source and, unless it is given, its type.
#[derive(Clone, PartialEq, Debug)]
pub struct Expected(Map<String, Value>);

fn ends(status: &str, target: String) -> Expected {
    let edge = json!({"status": status, "target": target});
    Expected(edge.as_object().cloned().expect("an object"))
}

/// It leads to the record that has this path.
pub fn resolved(path: &str) -> Expected {
    ends("resolved", path.to_owned()).put("resolved_path", path)
}

/// It leads to a record of another volume.
pub fn other_volume(volume: &str, path: &str) -> Expected {
    let edge = ends("other_volume", format!("{volume}:{path}"));
    edge.put("resolved_path", path).put("target_volume", volume)
}

/// It leads to a directory or file that lacks what is named next, as it is written.
pub fn dangling(missing_at: &str, rest: &str) -> Expected {
    let separator = if missing_at.ends_with('\\') || rest.starts_with(':') { "" } else { r"\" };
    ends("dangling", format!("missing:{missing_at}{separator}{rest}")).put("missing_at", missing_at)
}

/// It goes through a file as if that were a directory.
pub fn not_a_directory(place: &str) -> Expected {
    ends("not_a_directory", format!("missing:{place}"))
}

/// It goes through a link that Windows does not follow.
pub fn not_followable(place: &str) -> Expected {
    ends("not_followable", format!("missing:{place}"))
}

/// It comes back to a link.
pub fn looped(link: &str, members: &[&str]) -> Expected {
    ends("loop", link.to_owned()).put("members", members)
}

/// It comes back to a link with ever more to follow.
pub fn expanding_loop(link: &str, members: &[&str]) -> Expected {
    ends("expanding_loop", link.to_owned()).put("members", members)
}

/// It is given up before this link.
pub fn too_many_hops(link: &str) -> Expected {
    ends("too_many_hops", link.to_owned())
}

/// It leaves the volumes that were given.
pub fn external(place: &str) -> Expected {
    ends("external", format!("external:{place}"))
}

/// It leads to another machine.
pub fn remote(place: &str) -> Expected {
    ends("remote", format!("external:{place}"))
}

/// It leads to an object that is no file.
pub fn device(text: &str) -> Expected {
    ends("device", format!("external:{text}"))
}

/// Windows refuses a link, this one or one that it leads through.
pub fn malformed(link: &str) -> Expected {
    ends("malformed", format!("malformed:{link}"))
}

impl Expected {
    fn put(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    pub fn of_type(self, kind: &str) -> Self {
        self.put("type", kind)
    }

    /// It is a name of the record that is not the first.
    pub fn by_path(self, path: &str) -> Self {
        self.put("resolved_path", path)
    }

    /// The links that it leads through.
    pub fn via(self, links: &[&str]) -> Self {
        self.put("via", links)
    }

    pub fn note(self, notes: &[&str]) -> Self {
        self.put("note", notes)
    }

    /// What its writer meant.
    pub fn candidate(self, path: &str) -> Self {
        self.put("candidate", path)
    }

    pub fn deleted_target(self, path: &str) -> Self {
        self.put("deleted_target", path)
    }

    /// The place that is missing is on another volume.
    pub fn on_volume(self, volume: &str) -> Self {
        let target = self.0["target"].as_str().map(|target| format!("{volume}:{target}"));
        self.put("target", target).put("target_volume", volume)
    }

    pub fn status(&self) -> &str {
        self.0["status"].as_str().expect("a status")
    }

    pub fn target(&self) -> &str {
        self.0["target"].as_str().expect("a target")
    }

    /// What is wrong with an edge.
    pub fn complaint(&self, found: &Value) -> Option<String> {
        let mut found: Map<String, Value> = found.as_object().cloned()?;
        if !self.0.contains_key("type") {
            found.remove("type");
        }
        let show = |edge: &Map<String, Value>| Value::from(edge.clone()).to_string();
        (found != self.0).then(|| format!("expected {}\n     found {}", show(&self.0), show(&found)))
    }
}
