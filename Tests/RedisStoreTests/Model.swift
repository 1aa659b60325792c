import LimitCore

@testable import RedisStore

/// The answers by the definitions, one check after the other, from LimitCore's readings and a dictionary.
struct Model {
    struct Ask {
        var charges: [(counter: Int, limit: Limit, cost: Int64, shadow: Bool)]
        var peek: Bool
    }

    var states: [Int: CounterState] = [:]

    mutating func decide(_ ask: Ask, now: Microseconds) -> (CheckResult, [Outcome]) {
        let judged = ask.charges.map { charge -> Int64 in
            sum(ask.charges.filter { $0.counter == charge.counter && (charge.shadow || !$0.shadow) }.map(\.cost))
        }
        let before = ask.charges.map { Reading(states[$0.counter], $0.limit, now: now) }
        let fits = zip(zip(ask.charges, before), judged).map { $0.1.admits($1, $0.0.limit) }
        let admitted = zip(ask.charges, fits).allSatisfy { $0.shadow || $1 }
        var after = before
        for counter in Set(ask.charges.map(\.counter)) where !ask.peek {
            let group = ask.charges.indices.filter { ask.charges[$0].counter == counter }
            let shadowsFit = group.allSatisfy { !ask.charges[$0].shadow || fits[$0] }
            let charged = group.filter { !ask.charges[$0].shadow || shadowsFit }
            let cost = sum(charged.map { ask.charges[$0].cost })
            let slowest = (charged.isEmpty ? group : charged).map { ask.charges[$0].limit }.min { $0.count < $1.count }!
            let reading = Reading(states[counter], slowest, now: now)
            if admitted, cost > 0 {
                states[counter] = reading.charged(cost, slowest).state
            } else if reading.corrected {
                states[counter] = reading.state
            }
            for position in group { after[position] = Reading(states[counter], ask.charges[position].limit, now: now) }
        }
        let outcomes = ask.charges.indices.map {
            Outcome(
                before: before[$0],
                after: after[$0],
                fits: fits[$0],
                cost: judged[$0],
                limit: ask.charges[$0].limit
            )
        }
        return (admitted ? .admitted : .refused, outcomes)
    }

    private func sum(_ costs: [Int64]) -> Int64 {
        costs.reduce(0) { min(Amount.max + 1, $0 + $1) }
    }
}
