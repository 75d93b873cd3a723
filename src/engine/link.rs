//! Linked: the interpreter's image with the programs of one call, kept for the next call with the same programs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::batch::{Batch, Road};
use crate::error::Error;
use crate::interpreter::Interpreter;
use crate::machine::Image;
use crate::machine::work::Segment;
use crate::program::Program;

/// An image and where each program of it starts.
#[derive(Debug)]
struct Linked {
    image: Arc<Image>,
    /// Holding the programs keeps their identities from being given to others.
    programs: Vec<(Program, Road)>,
    starts: Vec<u32>,
}

/// The image of the last call.
#[derive(Debug, Default)]
pub(super) struct Cache {
    last: Mutex<Option<Linked>>,
}

/// One call's lanes, ready for an executor.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) image: Arc<Image>,
    /// One for every batch, in order.
    pub(super) segments: Vec<Segment>,
}

impl Cache {
    /// Links each program once, however many batches it has, and gives every batch its segment.
    ///
    /// `wanted` are each batch's inputs whose derivatives are asked for.
    pub(super) fn plan(
        &self,
        interpreter: &Interpreter,
        batches: &[&Batch],
        wanted: &[Vec<usize>],
    ) -> Result<Plan, Error> {
        let mut programs: Vec<(Program, Road)> = Vec::new();
        let mut numbers = HashMap::new();
        let mut which = Vec::with_capacity(batches.len());
        for batch in batches {
            let road = batch.road_asked();
            which.push(*numbers.entry((batch.program().identity(), road)).or_insert_with(|| {
                programs.push((batch.program().clone(), road));
                programs.len() - 1
            }));
        }
        let (image, starts) = self.link(interpreter, programs)?;
        let mut segments = Vec::with_capacity(batches.len());
        let mut missing: Vec<String> = Vec::new();
        for (index, (batch, program)) in batches.iter().zip(which).enumerate() {
            match batch.columns() {
                Ok(columns) => {
                    let mut segment = Segment::new(starts[program], columns, batch.lanes());
                    if let Some(wanted) = wanted.get(index) {
                        segment.wanted = (0..segment.columns.len()).map(|input| wanted.contains(&input)).collect();
                    }
                    segments.push(segment);
                }
                Err(Error::MissingInputs(names)) => {
                    let new = names.into_iter().filter(|name| !missing.contains(name)).collect::<Vec<_>>();
                    missing.extend(new);
                }
                Err(other) => return Err(other),
            }
        }
        if missing.is_empty() { Ok(Plan { image, segments }) } else { Err(Error::MissingInputs(missing)) }
    }

    fn link(&self, interpreter: &Interpreter, programs: Vec<(Program, Road)>) -> Result<(Arc<Image>, Vec<u32>), Error> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(linked) = last().as_ref().filter(|linked| same(&linked.programs, &programs)) {
            return Ok((linked.image.clone(), linked.starts.clone()));
        }
        let (image, starts) = link(interpreter, &programs)?;
        let image = Arc::new(image);
        *last() = Some(Linked { image: image.clone(), programs, starts: starts.clone() });
        Ok((image, starts))
    }
}

impl Plan {
    /// A batch alone, in an image with nothing but its program: what a lane that runs once more should load.
    pub(super) fn alone(interpreter: &Interpreter, batch: &Batch) -> Result<Plan, Error> {
        let (image, starts) = link(interpreter, &[(batch.program().clone(), batch.road_asked())])?;
        let segments = starts.iter().map(|&start| Ok(Segment::new(start, batch.columns()?, batch.lanes())));
        Ok(Plan { image: Arc::new(image), segments: segments.collect::<Result<_, Error>>()? })
    }
}

/// The interpreter's image with these programs, and where each starts.
fn link(interpreter: &Interpreter, programs: &[(Program, Road)]) -> Result<(Image, Vec<u32>), Error> {
    let mut image = interpreter.image().clone();
    let mut starts = Vec::with_capacity(programs.len());
    for (program, road) in programs {
        starts.push(match road {
            Road::Interpreted => image.interpreted(program.core())?,
            Road::Direct => image.direct(program.graph()?)?,
        });
    }
    Ok((image, starts))
}

fn same(a: &[(Program, Road)], b: &[(Program, Road)]) -> bool {
    let key = |(program, road): &(Program, Road)| (program.identity(), *road);
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| key(a) == key(b))
}
