import LimitCore
internal import NIOCore

extension DecisionPlan {
    private enum Flag {
        static let ends: UInt8 = 1
        static let passes: UInt8 = 2
    }

    /// Writes a step in the form that `leases.lua` describes.
    func encode(_ planned: PlannedStep, into buffer: inout ByteBuffer) {
        let operation = planned.step.operation
        encode(place: planned.record, into: &buffer)
        buffer.writeInteger((operation.ends ? Flag.ends : 0) | (planned.step.hasRecord ? 0 : Flag.passes))
        buffer.writeInteger(operation.id)
        encode(operation.expiry, into: &buffer)
        encode(operation.time, into: &buffer)
        buffer.writeInteger(UInt8(operation.charges.count))
        for (position, charge) in operation.charges.enumerated() {
            encode(place: planned.counters[position], into: &buffer)
            encode(planned.limits[position], into: &buffer)
            encode(charge.amount, into: &buffer)
            encode(charge.stamp, into: &buffer)
            encode(charge.mark, into: &buffer)
            encode(operation.targets[position] ?? -1, into: &buffer)
        }
    }

    /// A counter as Lua counts, or 0 for none.
    private func encode(place: UInt16?, into buffer: inout ByteBuffer) {
        buffer.writeInteger(place.map { $0 + 1 } ?? 0, endianness: .little)
    }

    /// Reads what became of the steps, in their order.
    func results(
        _ bytes: ArraySlice<UInt8>,
        now: Microseconds
    ) throws(DecisionProblem) -> [LeaseStepResult] {
        var rest = bytes
        var results: [LeaseStepResult] = []
        for planned in steps {
            guard let status = rest.popFirst(), status <= 2 else { throw .malformed }
            if status == 0 {
                results.append(.gone)
                continue
            }
            var held: [Int64] = []
            for _ in planned.step.operation.charges {
                guard rest.count >= 8, let amount = CounterState.amount(rest.prefix(8)) else { throw .malformed }
                held.append(amount)
                rest = rest.dropFirst(8)
            }
            results.append(.done(now: now, isInDebt: status == 2, held: held))
        }
        guard rest.isEmpty else { throw .malformed }
        return results
    }
}
