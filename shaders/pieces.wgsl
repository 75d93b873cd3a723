// The loop of shaders/specialize.wgsl where whole operations are run: over blocks, forward and back, and in them over pieces of their
// forms. A piece says which steps are to be run behind it, and which piece comes next.

loop {
    if fuel == 0u || s_phase == PHASE_FINISHED {
        break;
    }
    fuel -= 1u;
    if CUTS && s_phase == PHASE_RESTORED {
        restore();
    }
    var head = blocks[HEADS + s_block];
    var form = head.x & FORMS;
    var steps = 0u;
    var next = 0u;
    if s_phase == PHASE_FORWARD {
        if GRADIENT && form >= FIRST_DONE {
            s_end = s_runs;
            s_runs += 1u;
            s_phase = select(PHASE_RESTORED, PHASE_DONE, keeps());
        } else if CUTS && s_runs == s_end {
            s_phase = select(PHASE_RESTORED, PHASE_BACK, keeps());
        } else if CUTS && s_top + MOST_ROWS > p.capacity {
            if !cut() {
                leave(ENDED_LEFT);
            }
        } else {
            s_runs += 1u;
            bottom = s_top;
            if GRADIENT {
                s_top += head.x >> FORM_BITS;
            }
            steps = head.y;
            next = form;
        }
    } else if GRADIENT && s_phase == PHASE_DONE {
        steps = head.y;
        next = FORM_COUNT + form;
    } else if GRADIENT && s_phase == PHASE_BACK {
        if s_depth == 0u {
            go_back();
        } else {
            s_depth -= 1u;
            s_block -= 1u;
            head = blocks[HEADS + s_block];
            form = head.x & FORMS;
            s_top -= head.x >> FORM_BITS;
            bottom = s_top;
            steps = head.z;
            next = FORM_COUNT + form;
        }
    }
    let is_run = next != 0u;
    details = head.w;
    loop {
        if steps != 0u {
            run(steps, z);
        }
        if next == 0u {
            break;
        }
        let piece = next;
        steps = 0u;
        next = 0u;
        switch piece {
            //@ pieces
            default: {}
        }
    }
    if is_run && s_phase == PHASE_DONE {
        s_phase = PHASE_BACK;
        s_ended = ENDED_DONE;
    } else if is_run && s_phase == PHASE_FORWARD {
        if form >= FIRST_DONE {
            s_phase = PHASE_FINISHED;
        } else {
            s_block += 1u;
            s_depth += 1u;
        }
    }
}
