//! What is known of molecules beyond their structure, and how it links them.

use super::activity::Activity;
use super::context::Context;

/// What is known of the molecules with a profile, each by its fingerprint: empty where it is nothing.
pub(super) struct Known {
    /// Places in the context, whose terms are not copied: many molecules may be one compound; none at all where the
    /// context does not count.
    places: Vec<Option<usize>>,
    /// Numbers of their activity; none at all where that does not count.
    numbers: Vec<Vec<f32>>,
    /// What a molecule's activity counts for itself, where it is not known: the mean of the others'.
    typical: f32,
}

/// What counts, and how much a link by it: see [`Modality::linked`](super::Modality::linked) and
/// [`Modality::with_activity`](super::Modality::with_activity).
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) context: Option<(&'a Context, f32)>,
    pub(super) activity: Option<(&'a Activity, f32)>,
}

/// A molecule's links by what is known of it.
#[derive(Default)]
pub(super) struct Links {
    /// To each molecule with a profile; empty where nothing is known.
    pub(super) members: Vec<f32>,
    /// To itself.
    pub(super) own: f32,
    /// Molecules with which it shares terms.
    pub(super) shared: u32,
    /// Whether its activity is known.
    pub(super) active: bool,
}

impl Links {
    /// Whether there is more than structure to go by.
    pub(super) fn informed(&self) -> bool {
        self.active || self.shared > 0
    }
}

impl Known {
    /// Of molecules with these fingerprints.
    pub(super) fn new<'a>(
        sources: Sources<'_>,
        members: impl Iterator<Item = &'a [u64]> + Clone,
    ) -> Self {
        let context = sources.context.into_iter();
        let places = context.flat_map(|(c, _)| members.clone().map(|words| c.place(words)));
        let activity = sources.activity.into_iter();
        let numbers = activity
            .flat_map(|(a, _)| members.clone().map(|words| a.of(words).unwrap_or_default()));
        let numbers: Vec<Vec<f32>> = numbers.collect();
        let weight = sources.activity.map_or(0.0, |a| a.1);
        let measured = numbers.iter().filter(|own| !own.is_empty());
        let own: Vec<f32> = measured.map(|own| weight * Activity::link(own, own)).collect();
        let typical = own.iter().sum::<f32>() / own.len().max(1) as f32;
        Self { places: places.collect(), numbers, typical }
    }

    /// How these are linked with the molecule of the fingerprint `words`.
    pub(super) fn links(&self, sources: Sources<'_>, words: &[u64]) -> Links {
        let mut links = Links::default();
        if let Some((context, weight)) = sources.context {
            let terms = context.of(words);
            let link = |other: &[(u32, f32)]| weight * Context::link(terms, other);
            links.members = self.places.iter().map(|place| link(context.at(*place))).collect();
            links.own = link(terms);
            links.shared = links.members.iter().filter(|l| **l > 0.0).count() as u32;
        }
        let Some((activity, weight)) = sources.activity else { return links };
        let Some(own) = activity.of(words) else {
            links.own += self.typical;
            return links;
        };
        links.members.resize(self.numbers.len(), 0.0);
        for (link, member) in links.members.iter_mut().zip(&self.numbers) {
            *link += weight * Activity::link(&own, member);
        }
        links.own += weight * Activity::link(&own, &own);
        links.active = true;
        links
    }
}
