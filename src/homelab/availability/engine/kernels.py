"""Loops over arrays, written so that a compiler of Python can take them as they are; `fast` has them compiled.

Plain functions of numbers and arrays, one loop each. They are the same sums, in the same order, as those of `program`
and `bounds`; lists would do as well, and tests hand them lists.
"""

from __future__ import annotations

import math
from typing import Any


def failure(low: Any, high: Any, place: Any, chance: Any, result: Any) -> None:
    """For each node the probability of ending in false; `place` is the number of its variable."""
    result[0] = 1.0
    result[1] = 0.0
    for number in range(len(low)):
        q = chance[place[number]]
        result[number + 2] = q * result[high[number]] + (1.0 - q) * result[low[number]]


def intervals(layout: Any, pairs: Any, weights: Any, low: Any, beyond: Any) -> None:
    """For each service the lower end of U and P(three or more units down).

    Args:
        layout: where the units of each service begin, the units, where the states of each unit begin, whether a service
            is down with each state of each of its units alone, and whether it always is.
        pairs: where the exceptional pairs of each service begin, both states of each, and whether it is one more or less.
        weights: the odds of every state, and the chance of every unit to be up.
        low: takes the lower ends.
        beyond: takes the rest.
    """
    service, unit, first, alone, always = layout
    pair, one, two, sign = pairs
    odds, up = weights
    cursor = 0
    for number in range(len(service) - 1):
        calm = 1.0
        sum_all = 0.0
        sum_alone = 0.0
        same = 0.0
        none = 1.0
        single = 0.0
        double = 0.0
        over = 0.0
        for place in range(service[number], service[number + 1]):
            each = unit[place]
            whole = 0.0
            fatal = 0.0
            for state in range(first[each], first[each + 1]):
                whole += odds[state]
                if alone[cursor]:
                    fatal += odds[state]
                cursor += 1
            calm *= up[each]
            sum_all += whole
            sum_alone += fatal
            same += fatal * (2.0 * whole - fatal)
            q = whole * up[each]
            over += double * q
            double = double * up[each] + single * q
            single = single * up[each] + none * q
            none *= up[each]
        total = (sum_alone * (sum_all + sum_all - sum_alone) - same) / 2.0
        for place in range(pair[number], pair[number + 1]):
            total += sign[place] * odds[one[place]] * odds[two[place]]
        low[number] = calm * (always[number] + sum_alone + total)
        beyond[number] = over


def lives(at: Any, moving: Any, fixed: Any, draws: Any, room: Any) -> tuple[int, int]:  # noqa: C901, PLR0912, PLR0915  # inner loop
    """The changes of all units until a time, unit after unit; where draws or room run out, which unit to go on with.

    A unit with stays draws which it is in, by its visits, and stays its mean.

    Args:
        at: the unit to begin with, the time to end at.
        moving: when each unit changes next and into which state; when its outage began, when it ends.
        fixed: how long each unit is up on average, and down; how outages spread (0 fixed, n > 0 stages, -sigma lognormal);
            where its delays begin, the delays; the visits of stays, cumulated, their hours, where those of a unit begin.
        draws: exponential and normal numbers.
        room: takes the times, units and states.
    """
    unit, end = at
    until, goal, begin, last = moving
    up, mean, shape, delays, delay, visits, hours, stay = fixed
    waits, scores = draws
    times, units, states = room
    count = 0
    wait = 0
    score = 0
    while unit < len(until):
        stages = int(shape[unit]) if shape[unit] > 0 else 1
        while until[unit] <= end:
            if count >= len(times) or wait + stages + 1 >= len(waits) or score >= len(scores):
                return unit, count
            now = until[unit]
            state = goal[unit]
            times[count] = now
            units[count] = unit
            states[count] = state
            count += 1
            if state == 0:
                until[unit] = now + up[unit] * waits[wait]
                wait += 1
                goal[unit] = 1
                if stay[unit + 1] > stay[unit]:
                    pick = 1.0 - math.exp(-waits[wait])
                    wait += 1
                    place = stay[unit]
                    while place < stay[unit + 1] - 1 and pick * visits[stay[unit + 1] - 1] >= visits[place]:
                        place += 1
                    goal[unit] = place - stay[unit] + 1
                continue
            if stay[unit + 1] > stay[unit]:
                until[unit] = now + hours[stay[unit] + state - 1]
                goal[unit] = 0
                continue
            if state == 1:
                begin[unit] = now
                length = mean[unit]
                if shape[unit] > 0:
                    length = 0.0
                    for _ in range(stages):
                        length += waits[wait]
                        wait += 1
                    length *= mean[unit] / stages
                elif shape[unit] < 0:
                    length = mean[unit] * math.exp(scores[score] * -shape[unit] - shape[unit] * shape[unit] / 2.0)
                    score += 1
                last[unit] = now + length
            place = delays[unit] + state - 1
            if place < delays[unit + 1] and begin[unit] + delay[place] < last[unit]:
                until[unit] = begin[unit] + delay[place]
                goal[unit] = state + 1
            else:
                until[unit] = last[unit]
                goal[unit] = 0
        unit += 1
    return unit, count


def sort(times: Any, span: Any, heads: Any, taken: Any, order: Any) -> None:
    """The numbers of the events by time: as many buckets as events, each with the few that fall into it in order.

    Events are spread evenly over the span, so that this takes a step or two for each. `heads` has room for one bucket
    more, `taken` for each.
    """
    begin, end = span
    count = len(times)
    scale = count / (end - begin)
    for place in range(count + 1):
        heads[place] = 0
    for place in range(count):
        taken[place] = 0
    for event in range(count):
        heads[min(int((times[event] - begin) * scale), count - 1) + 1] += 1
    for place in range(count):
        heads[place + 1] += heads[place]
    for event in range(count):
        bucket = min(int((times[event] - begin) * scale), count - 1)
        first = heads[bucket]
        place = first + taken[bucket]
        taken[bucket] += 1
        while place > first and times[order[place - 1]] > times[event]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = event


def sweep(order: Any, events: Any, gates: Any, counts: Any, work: Any) -> None:  # noqa: C901  # inner loop: calls double its time
    """Events in the order of time: the atoms of a unit change, counters of gates follow, and services go down or come back.

    Every gate is up while its true inputs weigh `least` or more, a negation being one of weight -1 and least 0. What
    flips forth and back within one event is no outage: services are looked at when it is over.

    Args:
        order: the numbers of the events.
        events: their times, units and states.
        gates: the state of each unit; where its atoms begin, the atoms, where their truths begin, the truths; where the
            outputs of each gate begin, the outputs and what they weigh; what each gate needs, has, and is; which service.
        counts: since when each service is down, or -1; how long it was; how often it went.
        work: room for gates that change, for services that may, and marks.
    """
    times, units, states = events
    state, atoms, atom, atom_first, truth, outputs, output, weight, least, reached, value, service = gates
    since, down, outages = counts
    stack, touched, marked = work
    for event in order:
        unit = units[event]
        old = state[unit]
        new = states[event]
        state[unit] = new
        count = 0
        seen = 0
        for place in range(atoms[unit], atoms[unit + 1]):
            base = atom_first[place]
            if truth[base + old] != truth[base + new]:
                reached[atom[place]] = truth[base + new]
                stack[count] = atom[place]
                count += 1
        while count:
            count -= 1
            gate = stack[count]
            if (reached[gate] >= least[gate]) == value[gate]:
                continue
            change = -1 if value[gate] else 1
            value[gate] = not value[gate]
            if service[gate] >= 0 and not marked[gate]:
                marked[gate] = True
                touched[seen] = gate
                seen += 1
            for place in range(outputs[gate], outputs[gate + 1]):
                other = output[place]
                reached[other] += change * weight[place]
                if (reached[other] >= least[other]) != value[other]:
                    stack[count] = other
                    count += 1
        for place in range(seen):
            gate = touched[place]
            marked[gate] = False
            who = service[gate]
            if value[gate]:
                if since[who] >= 0.0:
                    down[who] += times[event] - since[who]
                    since[who] = -1.0
            elif since[who] < 0.0:
                outages[who] += 1
                since[who] = times[event]


def join(root: Any, absorbing: int, table: Any, cache: Any, frames: Any) -> int:  # noqa: C901, PLR0912, PLR0915  # inner loop
    """AND (absorbing 0) or OR (absorbing 1) of two diagrams; -1 where a node finds no room, -2 where a frame does not.

    Nodes are made in the order of `bdd`, the high branch first, so that they have the same numbers.

    Args:
        root: both nodes.
        absorbing: what one of them makes of any other.
        table: the level, low and high of all nodes; slots of their hash table; how many there are, and may be.
        cache: two operands and their result, each pair in one place, where a later one drives it out.
        frames: room for pairs under way, how far each is, and the result of its high branch.
    """
    level, low, high, slots, size = table
    known_one, known_two, known = cache
    first, second, stage, above = frames
    neutral = 1 - absorbing
    mask = len(slots) - 1
    places = len(known) - 1
    depth = 1
    first[0], second[0], stage[0] = root
    result = 0
    while depth:
        top = depth - 1
        one = first[top]
        two = second[top]
        if stage[top] == 0:
            if one == absorbing or two == absorbing:  # noqa: PLR1714  # as fast as it gets
                result = absorbing
                depth -= 1
                continue
            if one == neutral or one == two:  # noqa: PLR1714, SIM109  # as above
                result = two
                depth -= 1
                continue
            if two == neutral:
                result = one
                depth -= 1
                continue
            if one > two:
                one, two = two, one
                first[top] = one
                second[top] = two
            place = (one * 12582917 + two * 4256249 + absorbing) & places
            if known_one[place] == one and known_two[place] == two * 2 + absorbing:
                result = known[place]
                depth -= 1
                continue
            if depth >= len(first):
                return -2
            stage[top] = 1
            stage[depth] = 0
            first[depth] = high[one] if level[one] <= level[two] else one
            second[depth] = high[two] if level[two] <= level[one] else two
            depth += 1
        elif stage[top] == 1:
            above[top] = result
            stage[top] = 2
            stage[depth] = 0
            first[depth] = low[one] if level[one] <= level[two] else one
            second[depth] = low[two] if level[two] <= level[one] else two
            depth += 1
        else:
            upper = above[top]
            if upper != result:
                where = min(level[one], level[two])
                slot = (result * 12582917 + upper * 4256249 + where * 741457) & mask
                while slots[slot] and not (
                    level[slots[slot]] == where and low[slots[slot]] == result and high[slots[slot]] == upper
                ):
                    slot = (slot + 1) & mask
                if not slots[slot]:
                    if size[0] >= size[1]:
                        return -1
                    number = size[0]
                    level[number] = where
                    low[number] = result
                    high[number] = upper
                    slots[slot] = number
                    size[0] = number + 1
                result = slots[slot]
            place = (one * 12582917 + two * 4256249 + absorbing) & places
            known_one[place] = one
            known_two[place] = two * 2 + absorbing
            known[place] = result
            depth -= 1
    return result


def marked(roots: Any, low: Any, high: Any, marks: Any) -> None:
    """Mark all nodes below some, themselves among them."""
    for root in roots:
        marks[root] = True
    for number in range(len(marks) - 1, 1, -1):
        if marks[number]:
            marks[low[number]] = True
            marks[high[number]] = True


def rehash(table: Any) -> None:
    """Find a slot for every node anew."""
    level, low, high, slots, size = table
    mask = len(slots) - 1
    for slot in range(len(slots)):
        slots[slot] = 0
    for number in range(2, size[0]):
        slot = (low[number] * 12582917 + high[number] * 4256249 + level[number] * 741457) & mask
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = number


def negate(root: int, table: Any, marks: Any, image: Any) -> int:
    """The negation of a diagram; -1 where a node finds no room. `marks` are the nodes below it, `image` takes theirs."""
    level, low, high, slots, size = table
    mask = len(slots) - 1
    image[0] = 1
    image[1] = 0
    for old in range(2, root + 1):
        if not marks[old]:
            continue
        lower = image[low[old]]
        upper = image[high[old]]
        slot = (lower * 12582917 + upper * 4256249 + level[old] * 741457) & mask
        while slots[slot] and not (
            level[slots[slot]] == level[old] and low[slots[slot]] == lower and high[slots[slot]] == upper
        ):
            slot = (slot + 1) & mask
        if not slots[slot]:
            if size[0] >= size[1]:
                return -1
            number = size[0]
            level[number] = level[old]
            low[number] = lower
            high[number] = upper
            slots[slot] = number
            size[0] = number + 1
        image[old] = slots[slot]
    found: int = image[root]
    return found
