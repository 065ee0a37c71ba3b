//! Which molecules a step sees: a function of seed and step alone, so that a resumed run needs no memory of it.

use crate::chmr::rng::Rng;

/// Molecules drawn in shuffled rounds, each once a round.
struct Pool {
    name: &'static str,
    members: Vec<u32>,
    /// Drawn a step.
    take: usize,
    /// The round last shuffled.
    round: Option<(usize, Vec<u32>)>,
}

/// Draws batches from pools of which some are small and would hardly be met otherwise.
pub struct Sampler {
    seed: u64,
    pools: Vec<Pool>,
}

impl Sampler {
    /// Of each batch, `shares` of the molecules come from their pools (name, members, share) and the rest from
    /// `all`; a pool without members leaves its share to the rest.
    pub fn new(
        seed: u64,
        batch: usize,
        shares: Vec<(&'static str, Vec<u32>, f64)>,
        all: Vec<u32>,
    ) -> Self {
        let mut left = batch;
        let mut pools = Vec::new();
        for (name, members, share) in shares {
            let take = ((share * batch as f64).round() as usize).min(left);
            if !members.is_empty() && take > 0 {
                left -= take;
                pools.push(Pool { name, members, take, round: None });
            }
        }
        if left > 0 && !all.is_empty() {
            pools.push(Pool { name: "all", members: all, take: left, round: None });
        }
        Self { seed, pools }
    }

    /// The molecules of step `step`, each once: fewer than a batch where one is drawn from two pools.
    pub fn batch(&mut self, step: usize) -> Vec<u32> {
        let mut batch = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for pool in &mut self.pools {
            for draw in step * pool.take..(step + 1) * pool.take {
                let molecule = pool.draw(draw, self.seed);
                if seen.insert(molecule) {
                    batch.push(molecule);
                }
            }
        }
        batch
    }
}

impl Pool {
    fn draw(&mut self, number: usize, seed: u64) -> u32 {
        let (round, place) = (number / self.members.len(), number % self.members.len());
        if self.round.as_ref().is_none_or(|(r, _)| *r != round) {
            let mut order = self.members.clone();
            let mut rng = Rng::named(seed, &format!("{} {round}", self.name));
            for i in (1..order.len()).rev() {
                order.swap(i, rng.below(i + 1));
            }
            self.round = Some((round, order));
        }
        self.round.as_ref().map_or(self.members[place], |(_, order)| order[place])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(seed: u64) -> Sampler {
        Sampler::new(seed, 10, vec![("few", vec![90, 91, 92], 0.2)], (0..40).collect())
    }

    #[test]
    fn rounds_are_complete_and_need_no_memory() {
        let mut s = sampler(1);
        let batches: Vec<Vec<u32>> = (0..15).map(|step| s.batch(step)).collect();
        // Eight of forty a step: five steps are a round.
        let mut round: Vec<u32> =
            batches[..5].iter().flatten().copied().filter(|m| *m < 40).collect();
        round.sort_unstable();
        assert_eq!(round, (0..40).collect::<Vec<_>>());
        assert!(batches.iter().all(|b| b.iter().any(|m| *m >= 90)));
        assert_eq!(sampler(1).batch(12), batches[12], "without the steps before");
        assert_ne!(sampler(2).batch(12), batches[12]);
    }
}
