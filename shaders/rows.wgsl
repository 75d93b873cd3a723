// Products of TERMS terms and COLUMNS columns for shaders/stepped.wgsl, row by row: with text for every term of a row. All of y is read once.

fn by_rows(t: Products, z: u32) {
    //@ all of y
    var to = t.out;
    var xs = t.x;
    var i = 0u;
    loop {
        //@ row
        to += t.out_row;
        xs += t.x_row;
        i += 1u;
        continuing {
            break if i >= t.rows;
        }
    }
}
