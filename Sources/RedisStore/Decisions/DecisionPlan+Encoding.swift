import LimitCore
internal import NIOCore

extension DecisionPlan {
    private enum Flag {
        static let peek: UInt8 = 1
        static let listed: UInt8 = 2
        static let joined: UInt8 = 4
        static let tracked: UInt8 = 8
    }

    /// Writes the plan in the form that `decide.lua` describes.
    func encode(into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt16(limits.count), endianness: .little)
        buffer.writeInteger(UInt16(steps.count), endianness: .little)
        let runCount = buffer.writerIndex
        buffer.writeInteger(UInt16(0), endianness: .little)
        for limit in limits { encode(limit, into: &buffer) }
        for step in steps { encode(step, into: &buffer) }
        var runs: UInt16 = 0
        var start = 0
        var highest = -1
        while start < entries.count {
            let end = endOfRun(from: start, highest: highest)
            encode(run: start..<end, highest: &highest, into: &buffer)
            runs += 1
            start = end
        }
        buffer.setInteger(runs, at: runCount, endianness: .little)
    }

    /// Entries of one run differ in nothing but their counters.
    private func endOfRun(from start: Int, highest: Int) -> Int {
        let model = entries[start]
        if model.joined { return start + 1 }
        var highest = highest
        let fresh = isFresh(model, &highest)
        var end = start + 1
        while end < entries.count {
            let entry = entries[end]
            guard entry.calls == model.calls, entry.peek == model.peek, !entry.joined else { return end }
            guard entry.tracks == model.tracks else { return end }
            guard entry.charges.count == model.charges.count, isFresh(entry, &highest) == fresh else { return end }
            for (ours, theirs) in zip(charges[entry.charges], charges[model.charges]) {
                guard ours.limit == theirs.limit, ours.cost == theirs.cost, ours.shadow == theirs.shadow else {
                    return end
                }
            }
            end += 1
        }
        return end
    }

    /// Whether the entry's counters are the next ones after the highest so far, which it moves on.
    private func isFresh(_ entry: Entry, _ highest: inout Int) -> Bool {
        var fresh = true
        for charge in charges[entry.charges] {
            fresh = fresh && Int(charge.counter) == highest + 1
            highest = max(highest, Int(charge.counter))
        }
        return fresh
    }

    private func encode(_ limit: Limit, into buffer: inout ByteBuffer) {
        buffer.writeInteger(limit.algorithm.rawValue)
        buffer.writeInteger(UInt8(limit.overdraft ? 1 : 0))
        buffer.writeInteger(limit.algorithm == .fixedWindow ? limit.calendar.map { $0.rawValue + 1 } ?? 0 : 0)
        encode(limit.window, into: &buffer)
        encode(limit.count, into: &buffer)
        encode(limit.capacity, into: &buffer)
    }

    /// An amount as the double that Lua keeps it in.
    func encode(_ amount: Int64, into buffer: inout ByteBuffer) {
        buffer.writeInteger(Double(amount).bitPattern, endianness: .little)
    }

    /// A position as Lua counts.
    func encode(_ position: UInt16, into buffer: inout ByteBuffer) {
        buffer.writeInteger(position + 1, endianness: .little)
    }

    private func encode(run: Range<Int>, highest: inout Int, into buffer: inout ByteBuffer) {
        let model = entries[run.lowerBound]
        var fresh = true
        for entry in entries[run] { fresh = isFresh(entry, &highest) && fresh }
        let joined = model.joined ? JoinedCharges(charges[model.charges], limits) : nil
        buffer.writeInteger(UInt16(run.count), endianness: .little)
        buffer.writeInteger(UInt16(model.calls), endianness: .little)
        let flags = (model.peek ? Flag.peek : 0) | (fresh ? 0 : Flag.listed) | (model.joined ? Flag.joined : 0)
        buffer.writeInteger(flags | (model.tracks ? Flag.tracked : 0))
        buffer.writeInteger(UInt8(model.charges.count))
        for (position, charge) in charges[model.charges].enumerated() {
            encode(charge.limit, into: &buffer)
            buffer.writeInteger(UInt8(charge.shadow ? 1 : 0))
            encode(joined?.judged[position] ?? charge.cost, into: &buffer)
        }
        if let joined { encode(joined.settlements, into: &buffer) }
        let takesSlots = !model.peek && charges[model.charges].contains { isSlot($0) }
        if fresh, !takesSlots { return }
        for entry in entries[run] {
            if !fresh { for charge in charges[entry.charges] { encode(charge.counter, into: &buffer) } }
            if takesSlots { encodeLeases(of: entry, into: &buffer) }
        }
    }

    private func isSlot(_ charge: PlannedCharge) -> Bool { limits[Int(charge.limit)].algorithm == .concurrency }

    private func encodeLeases(of entry: Entry, into buffer: inout ByteBuffer) {
        var check = entry.first
        while check >= 0 {
            buffer.writeInteger(leases[check]?.id ?? 0)
            check = next[check]
        }
    }

    private func encode(_ settlements: [JoinedCharges.Settlement], into buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(settlements.count))
        for settlement in settlements {
            encode(UInt16(settlement.first), into: &buffer)
            encode(settlement.all.limit, into: &buffer)
            encode(settlement.all.cost, into: &buffer)
            encode(settlement.enforced.limit, into: &buffer)
            encode(settlement.enforced.cost, into: &buffer)
        }
    }

    /// Writes the whole command: EVALSHA with the counters as keys, or as arguments where they lie in several slots.
    func write(script sha: String, declaringKeys: Bool, plan scratch: inout ByteBuffer, to buffer: inout ByteBuffer) {
        scratch.clear()
        encode(into: &scratch)
        Command.begin(4 + index.count, in: &buffer)
        Command.append("EVALSHA".utf8, to: &buffer)
        Command.append(sha.utf8, to: &buffer)
        Command.append(String(declaringKeys ? index.count : 0).utf8, to: &buffer)
        if !declaringKeys { Command.append(scratch.readableBytesView, to: &buffer) }
        for key in index.keys { Command.append(index.text[key], to: &buffer) }
        if declaringKeys { Command.append(scratch.readableBytesView, to: &buffer) }
    }
}
