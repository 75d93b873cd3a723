// The loops of shaders/specialize.wgsl where values lie in registers: over blocks forward, and over blocks back.

loop {
    if fuel == 0u || s_phase == PHASE_FINISHED {
        break;
    }
    if CUTS && s_phase == PHASE_RESTORED {
        restore();
    }
    loop {
        if fuel == 0u || s_phase != PHASE_FORWARD {
            break;
        }
        fuel -= 1u;
        let head = blocks[s_block];
        let form = head.x & FORMS;
        let pushed = head.x >> FORM_BITS;
        if form == FORM_END {
            if pays(head) {
                leave(head.w);
            }
        } else if GRADIENT && form >= FIRST_DONE {
            s_end = s_runs;
            if pays(head) {
                s_outcome = s_entries;
                if LANES_PART {
                    note_most(SUMMARY_RUNS, s_runs);
                }
                s_phase = select(PHASE_RESTORED, PHASE_DONE, keeps());
            }
        } else if CUTS && s_runs == s_end {
            s_phase = select(PHASE_RESTORED, PHASE_BACK, keeps());
        } else if CUTS && s_top + MOST_ROWS > p.capacity {
            if !cut() {
                leave(ENDED_LEFT);
            }
        } else if pays(head) {
            var way = NO_WAY;
            var outcome = 0u;
            var refused = false;
            if GRADIENT {
                if keeps() {
                    //@ push
                }
                s_top += pushed;
            }
            switch form {
                //@ forward cases
                default: {}
            }
            if LANES_PART {
                if form >= FIRST_DONE {
                    // Only without gradients.
                    s_phase = PHASE_FINISHED;
                    s_ended = ENDED_DONE;
                    s_outcome = s_entries;
                } else if way == NO_WAY {
                    s_outcome = outcome;
                    leave(select(ENDED_STRAY, ENDED_REFUSED, refused));
                } else {
                    if GRADIENT {
                        if keeps() {
                            memory[place(p.stack + s_top)] = Cell((s_block << HANDOVER_BITS) | (way & HANDOVERS));
                        }
                        s_top += 1u;
                    }
                    s_block = way >> HANDOVER_BITS;
                }
            } else if form >= FIRST_DONE {
                s_phase = PHASE_FINISHED;
            } else {
                s_block += 1u;
            }
            s_depth += 1u;
        }
    }
    if GRADIENT {
        loop {
            if fuel == 0u || (s_phase != PHASE_BACK && s_phase != PHASE_DONE) {
                break;
            }
            fuel -= 1u;
            var handover = 0u;
            if s_phase == PHASE_BACK {
                if s_depth == 0u {
                    go_back();
                    continue;
                }
                s_depth -= 1u;
                if LANES_PART {
                    s_top -= 1u;
                    let packed = word(memory[place(p.stack + s_top)]);
                    s_block = packed >> HANDOVER_BITS;
                    handover = packed & HANDOVERS;
                } else {
                    s_block -= 1u;
                }
            }
            let head = blocks[s_block];
            let form = head.x & FORMS;
            if s_phase == PHASE_BACK {
                s_top -= head.x >> FORM_BITS;
                //@ pop
            }
            switch form {
                //@ back cases
                default: {}
            }
            if s_phase == PHASE_DONE {
                s_phase = PHASE_BACK;
                s_ended = ENDED_DONE;
            }
        }
    }
}
