// The rows of a tile of plain formulas, in shaders/whole.wgsl: four at once.

var i = 0u;
loop {
    let down = four(i, rows);
    let to = out + down * out_row;
    var sum = vec4<f32>(begin);
    if begins == BEGINS_KEPT {
        sum = numbers(to);
    }
    if terms != 0u {
        var k = 0u;
        loop {
            var first = vec4<f32>(0.0f);
            var second = vec4<f32>(0.0f);
            //@ plain operands
            switch formula {
                //@ plain formulas
                default: {}
            }
            k += 1u;
            continuing {
                break if k >= terms;
            }
        }
    }
    put(to, bitcast<vec4<u32>>(sum));
    i += 4u;
    continuing {
        break if i >= rows;
    }
}
