//! Images of Windows and of others, with damage that hits where it will: flipped bits, torn sectors, clusters in each
//! other's place, ends that are too early. The same on every machine.

use std::fs;
use std::sync::Mutex;

use crate::copies::{Copy, Writes};
use crate::is_full;
use crate::judge::{Answer, Outcome};
use crate::random::Random;
use crate::support::corpus::Corpus;
use crate::tally::{Tally, on_each};

/// Larger images take longer to be read than there is to be learned from them.
const LARGEST: u64 = 12 << 20;
const SECTOR: usize = 512;

/// One damage of an image.
struct Mutant {
    title: String,
    kind: &'static str,
    writes: Writes,
    length: Option<u64>,
}

/// The sectors of an image that are not all zeros: damage of the others is of no structure.
fn sectors_in_use(image: &[u8]) -> Vec<usize> {
    let sectors = image.chunks_exact(SECTOR).enumerate();
    sectors.filter(|(_, sector)| sector.iter().any(|byte| *byte != 0)).map(|(index, _)| SECTOR * index).collect()
}

fn mutant(image: &[u8], sectors: &[usize], number: usize, random: &mut Random) -> Mutant {
    let sector = random.pick(sectors);
    let at = |offset: usize, bytes: Vec<u8>| vec![(offset as u64, bytes)];
    let (kind, writes, length) = match number % 4 {
        0 => {
            let flip = |random: &mut Random| {
                let offset = sector + random.below(SECTOR);
                (offset as u64, vec![image[offset] ^ 1 << random.below(8)])
            };
            ("flipped bits", (0..random.between(1, 8)).map(|_| flip(random)).collect(), None)
        }
        1 => ("a sector that was not written", at(sector, vec![0; SECTOR]), None),
        2 => {
            let other = random.pick(sectors);
            let sector_at = |offset: usize| image[offset..offset + SECTOR].to_vec();
            let swapped = vec![(sector as u64, sector_at(other)), (other as u64, sector_at(sector))];
            ("two sectors in each other's place", swapped, None)
        }
        _ => ("an early end", Writes::new(), Some((sector + random.below(SECTOR)).max(1) as u64)),
    };
    Mutant { title: format!("mutant {number}: {kind} at {sector:#x}"), kind, writes, length }
}

/// A mutant that nobody notices does not count.
fn outcome_of(answer: &Result<Answer, String>, before: &Answer) -> Outcome {
    match answer {
        Err(_) => Outcome::Refused,
        Ok(answer) if answer.tells_more_than(before) => Outcome::Noticed,
        Ok(answer) if answer.is_same_graph(before) => Outcome::Unseen,
        Ok(_) => Outcome::Shown,
    }
}

#[test]
fn images_of_the_corpus_with_damage_anywhere() {
    let Some(corpus) = Corpus::find() else { return };
    let per_image = if is_full() { 1_000 } else { 24 };
    let tally = Mutex::new(Tally::default());
    for (seed, name) in (0..).zip(corpus.names()) {
        let path = corpus.image(&name);
        if fs::metadata(&path).expect("an image").len() > LARGEST {
            continue;
        }
        let image = fs::read(&path).expect("an image");
        let (sectors, mut random) = (sectors_in_use(&image), Random::new(seed));
        let mutants: Vec<Mutant> = (0..per_image).map(|number| mutant(&image, &sectors, number, &mut random)).collect();
        // One that is refused as it is has nothing to lose.
        let Ok(before) = Copy::of(&image).answer(None) else { continue };
        let title = |mutant: &Mutant| format!("{name}: {}", mutant.title);
        on_each(
            &mutants,
            title,
            || Copy::of(&image),
            |mutant, copy| {
                let look = |copy: &Copy| copy.answer(Some(&before));
                let answer = copy.while_damaged(&image, &mutant.writes, mutant.length, look);
                let outcome = outcome_of(&answer, &before);
                tally.lock().expect("no worker panics").add(mutant.kind, outcome, answer.ok().as_ref(), Vec::new());
            },
        );
    }
    let tally = tally.into_inner().expect("no worker panics");
    tally.report("mutants of the corpus");
    tally.check();
}
