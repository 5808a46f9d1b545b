//! Every field of every structure with every wrong value.

use std::sync::Mutex;

use imagekit::build::Built;

use crate::cases::{Case, cases};
use crate::codes::{check_all_reached, reach_by_images};
use crate::copies::{Copy, built};
use crate::is_full;
use crate::judge::{Answer, Outcome, judge};
use crate::spots::find_spots;
use crate::tally::{Tally, on_each};

/// A sound image.
struct Sound {
    name: &'static str,
    bytes: Vec<u8>,
    built: Built,
}

/// The images whose fields are damaged: the examples, and a disk with two volumes, one of them on clusters of 512 bytes.
fn sound_images() -> impl Iterator<Item = Sound> {
    let examples = imagekit::spec::EXAMPLES.iter().map(|example| (example.name, example.text));
    examples.chain([("disk", include_str!("../fuzz/disk.toml"))]).map(|(name, text)| {
        let image = imagekit::spec::parse(name, text).unwrap_or_else(|error| panic!("{error}")).image;
        let (bytes, built) = built(&image);
        Sound { name, bytes, built }
    })
}

#[test]
fn every_field_with_every_wrong_value_and_every_code_is_reached() {
    let tally = Mutex::new(Tally::default());
    sound_images().for_each(|sound| damage_all_fields(&sound, &tally));
    let mut tally = tally.into_inner().expect("no worker panics");
    reach_by_images(&mut tally.codes);
    tally.complaints.extend(check_all_reached(&tally.codes));
    tally.report("damaged fields");
    tally.check();
}

fn damage_all_fields(sound: &Sound, tally: &Mutex<Tally>) {
    let spots = find_spots(&sound.bytes, &sound.built);
    let cases = cases(&spots, is_full());
    let before = Copy::of(&sound.bytes).answer(None).expect("a sound image");
    on_each(&cases, Case::title, || Copy::of(&sound.bytes), |case, copy| damage(case, sound, &before, copy, tally));
}

fn damage(case: &Case<'_>, sound: &Sound, before: &Answer, copy: &Copy, tally: &Mutex<Tally>) {
    let mut complaints = Vec::new();
    let writes = case.writes(&sound.bytes);
    let answer = copy.while_damaged(&sound.bytes, &writes, None, |copy| copy.answer(Some(before)));
    let outcome = match &answer {
        Ok(damaged) => judge(case, before, damaged, &mut complaints),
        Err(error) => {
            assert_eq!(error.lines().count(), 1, "{error}");
            Outcome::Refused
        }
    };
    let complaints = complaints.into_iter().map(|complaint| format!("{}: {complaint}", sound.name)).collect();
    tally.lock().expect("no worker panics").add(&case.spot.structure, outcome, answer.ok().as_ref(), complaints);
}
