//! The layout of a drawing in layers: each box lies in the layer of its longest path from the input, and an edge that
//! crosses a layer gets a column of its own there.

#[derive(Clone, Debug)]
pub(super) struct BoxSize {
    pub(super) width: i64,
    pub(super) height: i64,
}

/// A box with the position of its top left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BoxPosition {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) height: i64,
}

/// Boxes with the edges between them.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: i64,
    pub(super) height: i64,
    /// In the order of the given sizes.
    pub(super) boxes: Vec<BoxPosition>,
    /// Each edge in segments, which go straight down to the end of their layer, then over to the next point.
    pub(super) edges: Vec<Vec<EdgeSegment>>,
}

/// A segment of an edge: straight down from the first point to the second height, from there to the last point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EdgeSegment {
    pub(super) from: (i64, i64),
    pub(super) down: i64,
    pub(super) to: (i64, i64),
}

const BESIDE: i64 = 28;
const BELOW: i64 = 40;
const PASSING: i64 = 8;
const MARGIN: i64 = 8;

/// A cell of a layer.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Box(usize),
    /// An edge that crosses the layer, by its index.
    Passing(usize),
}

/// Lays boxes out. `edges` lead from an earlier box to a later one; the first box is at the top.
pub(super) fn place(sizes: &[BoxSize], edges: &[(usize, usize)]) -> Layout {
    let mut layer = vec![0_usize; sizes.len()];
    for at in 0..sizes.len() {
        let above = edges.iter().filter(|(_, to)| *to == at).filter_map(|(from, _)| layer.get(*from)).max();
        layer[at] = above.map_or(0, |above| above + 1);
    }
    let layers = slots(&layer, edges);
    let widths: Vec<i64> = layers.iter().map(|slots| width(slots, sizes)).collect();
    let whole = widths.iter().copied().max().unwrap_or_default();
    let mut boxes = vec![BoxPosition { x: 0, y: 0, width: 0, height: 0 }; sizes.len()];
    let mut passing: Vec<Vec<(i64, i64)>> = vec![Vec::new(); edges.len()];
    let mut bottoms = Vec::with_capacity(layers.len());
    let mut y = MARGIN;
    for (slots, own) in layers.iter().zip(&widths) {
        let mut x = MARGIN + (whole - own) / 2;
        let mut height = 0;
        for slot in slots {
            match *slot {
                Slot::Box(at) => {
                    let BoxSize { width, height: tall } = sizes[at];
                    boxes[at] = BoxPosition { x, y, width, height: tall };
                    height = height.max(tall);
                    x += width + BESIDE;
                }
                Slot::Passing(edge) => {
                    passing[edge].push((x + PASSING / 2, y));
                    x += PASSING + BESIDE;
                }
            }
        }
        y += height;
        bottoms.push(y);
        y += BELOW;
    }
    let way = |(edge, (from, to)): (usize, &(usize, usize))| {
        let (above, below) = (boxes[*from], boxes[*to]);
        let mut at = (above.x + above.width / 2, above.y + above.height);
        let points = passing[edge].iter().copied().chain([(below.x + below.width / 2, below.y)]);
        let legs = points.enumerate().map(|(step, to)| {
            let down = bottoms.get(layer[*from] + step).copied().unwrap_or(at.1);
            let leg = EdgeSegment { from: at, down, to };
            at = to;
            leg
        });
        legs.collect()
    };
    let edges = edges.iter().enumerate().map(way).collect();
    Layout { width: whole + 2 * MARGIN, height: y - BELOW + MARGIN, boxes, edges }
}

/// Returns the cells of each layer from left to right, ordered by the mean position of their parents.
fn slots(layer: &[usize], edges: &[(usize, usize)]) -> Vec<Vec<Slot>> {
    let count = layer.iter().max().map_or(0, |most| most + 1);
    let mut layers: Vec<Vec<Slot>> = vec![Vec::new(); count];
    // The position of each box and edge in the layer above, counted from the left in half steps.
    let mut of_box = vec![0_usize; layer.len()];
    let mut of_edge = vec![0_usize; edges.len()];
    for (number, slots) in layers.iter_mut().enumerate() {
        let mut ranked: Vec<(usize, Slot)> = Vec::new();
        for at in (0..layer.len()).filter(|at| layer[*at] == number) {
            let above = edges.iter().enumerate().filter(|(_, (_, to))| *to == at);
            let places: Vec<usize> = above
                .map(|(edge, (from, _))| if layer[*from] + 1 == number { of_box[*from] } else { of_edge[edge] })
                .collect();
            ranked.push((places.iter().sum::<usize>() * 2 / places.len().max(1), Slot::Box(at)));
        }
        for (edge, (from, _)) in edges.iter().enumerate().filter(|(_, (a, b))| layer[*a] < number && number < layer[*b])
        {
            let above = if layer[*from] + 1 == number { of_box[*from] } else { of_edge[edge] };
            ranked.push((above * 2 + 1, Slot::Passing(edge)));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        for (place, (_, slot)) in ranked.iter().enumerate() {
            match slot {
                Slot::Box(at) => of_box[*at] = place,
                Slot::Passing(edge) => of_edge[*edge] = place,
            }
        }
        *slots = ranked.into_iter().map(|(_, slot)| slot).collect();
    }
    layers
}

fn width(slots: &[Slot], sizes: &[BoxSize]) -> i64 {
    let widths = slots.iter().map(|slot| match slot {
        Slot::Box(at) => sizes[*at].width,
        Slot::Passing(_) => PASSING,
    });
    widths.map(|width| width + BESIDE).sum::<i64>() - BESIDE
}
