// Eliminations of matrices of SIZE rows for shaders/stepped.wgsl, pivot by pivot: with text for every element, in arrays of their own. A place that is
// known when the kernel is made costs a software adapter a quarter of one that is not.
//
// Here a number's changes have the order that src/op/linear/ gives them; what an elimination has no more use for is changed too, and not read again.

var<private> matrix: array<f32, ELEMENTS>;
// The unit matrix, then what it is solved to.
var<private> solved: array<f32, ELEMENTS>;
// By step: where the pivot's row stood.
var<private> order: array<u32, SIZE>;

fn load_matrix(from_word: u32) {
    var i = 0u;
    loop {
        matrix[i] = bitcast<f32>(v[from_word + i]);
        i += 1u;
        continuing {
            break if i >= ELEMENTS;
        }
    }
}

// The row of the largest size in column k, from the k-th on, changes places with the k-th. Gives where it stood.
fn take_pivot(k: u32, z: u32) -> u32 {
    var best = k;
    var largest = 0.0f;
    var i = k;
    loop {
        let size = op_abs(matrix[i * SIZE + k], z);
        if i == k || op_less(largest, size, z) {
            best = i;
            largest = size;
        }
        i += 1u;
        continuing {
            break if i >= SIZE;
        }
    }
    if best != k {
        var j = 0u;
        loop {
            let one = k * SIZE + j;
            let two = best * SIZE + j;
            let kept = matrix[one];
            matrix[one] = matrix[two];
            matrix[two] = kept;
            j += 1u;
            continuing {
                break if j >= SIZE;
            }
        }
    }
    return best;
}

// The inverse of what lies at `from_word`, by the elimination of Gauss and Jordan in place. Leaves the pivots.
fn invert(from_word: u32, to_word: u32, pivots: u32, z: u32) {
    load_matrix(from_word);
    var k = 0u;
    loop {
        order[k] = take_pivot(k, z);
        let pivot = matrix[k * SIZE + k];
        v[pivots + k] = bitcast<u32>(pivot);
        let over = reciprocal(pivot, z);
        //@ clear
        k += 1u;
        continuing {
            break if k >= SIZE;
        }
    }
    loop {
        k -= 1u;
        let best = order[k];
        if best != k {
            var i = 0u;
            loop {
                let one = i * SIZE + k;
                let two = i * SIZE + best;
                let kept = matrix[one];
                matrix[one] = matrix[two];
                matrix[two] = kept;
                i += 1u;
                continuing {
                    break if i >= SIZE;
                }
            }
        }
        continuing {
            break if k == 0u;
        }
    }
    var i = 0u;
    loop {
        v[to_word + i] = bitcast<u32>(matrix[i]);
        i += 1u;
        continuing {
            break if i >= ELEMENTS;
        }
    }
}

// Leaves the pivots of what lies at `from_word`, and behind them −1 for each that another row than its own was taken for, else 1. Where
// `is_solving`, the inverse goes to `to_word`.
fn eliminate(from_word: u32, to_word: u32, pivots: u32, is_solving: bool, z: u32) {
    load_matrix(from_word);
    if SOLVES && is_solving {
        var i = 0u;
        loop {
            solved[i] = select(0.0f, 1.0f, i % (SIZE + 1u) == 0u);
            i += 1u;
            continuing {
                break if i >= ELEMENTS;
            }
        }
    }
    var k = 0u;
    loop {
        let best = take_pivot(k, z);
        let pivot = matrix[k * SIZE + k];
        v[pivots + k] = bitcast<u32>(pivot);
        v[pivots + SIZE + k] = bitcast<u32>(select(-1.0f, 1.0f, best == k));
        if SOLVES && is_solving {
            if best != k {
                var j = 0u;
                loop {
                    let one = k * SIZE + j;
                    let two = best * SIZE + j;
                    let kept = solved[one];
                    solved[one] = solved[two];
                    solved[two] = kept;
                    j += 1u;
                    continuing {
                        break if j >= SIZE;
                    }
                }
            }
            //@ reduce solved
        }
        //@ reduce
        k += 1u;
        continuing {
            break if k >= SIZE;
        }
    }
    if SOLVES && is_solving {
        // From the last row up.
        loop {
            k -= 1u;
            let pivot = matrix[k * SIZE + k];
            //@ substitute
            continuing {
                break if k == 0u;
            }
        }
        var i = 0u;
        loop {
            v[to_word + i] = bitcast<u32>(solved[i]);
            i += 1u;
            continuing {
                break if i >= ELEMENTS;
            }
        }
    }
}
