/// All patterns of a policy, flat: matching reads no reference and allocates nothing.
///
/// A pattern is run over a text part by part, with the set of all places that the parts so far can end at. That is
/// linear in the text for a given pattern, whatever the text; nothing is ever tried again.
struct PatternTable: Sendable {
    private enum Kind: UInt8 {
        case literal
        case some
        case someWithoutSlash
        case anything
    }

    private struct Part {
        var kind: Kind
        /// In `literals`.
        var start: Int32 = 0
        var count: Int32 = 0

        var range: Range<Int> { Int(start)..<Int(start + count) }
    }

    private struct Pattern {
        var firstPart: Int32
        var partCount: Int32
    }

    private var patterns: [Pattern] = []
    private var parts: [Part] = []
    private var literals: [UInt8] = []

    /// Adds a pattern and returns its number.
    mutating func add(_ glob: Glob) -> Int32 {
        let first = parts.count
        for part in glob.parts {
            switch part {
            case .literal(let bytes):
                parts.append(Part(kind: .literal, start: Int32(literals.count), count: Int32(bytes.count)))
                literals += bytes
            case .some(slashes: true): parts.append(Part(kind: .some))
            case .some(slashes: false): parts.append(Part(kind: .someWithoutSlash))
            case .anything: parts.append(Part(kind: .anything))
            }
        }
        patterns.append(Pattern(firstPart: Int32(first), partCount: Int32(parts.count - first)))
        return Int32(patterns.count - 1)
    }

    /// Whether the pattern matches the whole text, which is at most `PositionSet.longest` bytes long.
    func matches(_ pattern: Int32, _ text: Span<UInt8>) -> Bool {
        let pattern = patterns[Int(pattern)]
        var first = Int(pattern.firstPart)
        let end = first + Int(pattern.partCount)
        if first == end { return text.isEmpty }
        var start = 0
        // Most patterns are text, or text and then anything: those are done here.
        if parts[first].kind == .literal {
            let literal = literals.span.extracting(parts[first].range)
            guard text.starts(with: literal) else { return false }
            start = literal.count
            first += 1
            if first == end { return start == text.count }
        }
        if first == end - 1, parts[first].kind == .anything { return true }
        if parts[end - 1].kind == .literal, !text.ends(with: literals.span.extracting(parts[end - 1].range)) {
            return false
        }
        return run(first..<end, text, from: start)
    }

    private func run(_ range: Range<Int>, _ text: Span<UInt8>, from start: Int) -> Bool {
        guard text.count <= PositionSet.longest else { return false }
        var places = PositionSet()
        places.insert(start)
        for index in range {
            let part = parts[index]
            switch part.kind {
            case .literal: places = after(literals.span.extracting(part.range), places, text)
            case .some: places = after(anyFrom: 1, places, text)
            case .anything: places = after(anyFrom: 0, places, text)
            case .someWithoutSlash: places = afterSegment(places, text)
            }
        }
        return places.contains(text.count)
    }

    private func after(_ literal: Span<UInt8>, _ places: PositionSet, _ text: Span<UInt8>) -> PositionSet {
        var result = PositionSet()
        var from = 0
        while let place = places.first(from: from), place + literal.count <= text.count {
            if text.extracting(place..<place + literal.count).isSame(as: literal) {
                result.insert(place + literal.count)
            }
            from = place + 1
        }
        return result
    }

    private func after(anyFrom least: Int, _ places: PositionSet, _ text: Span<UInt8>) -> PositionSet {
        var result = PositionSet()
        guard let place = places.first(from: 0), place + least <= text.count else { return result }
        for next in place + least...text.count { result.insert(next) }
        return result
    }

    private func afterSegment(_ places: PositionSet, _ text: Span<UInt8>) -> PositionSet {
        var result = PositionSet()
        var from = 0
        while let place = places.first(from: from) {
            // Up to the slash all places are reached from this one, and so need not be looked at themselves.
            var next = place
            while next < text.count, text[next] != UInt8(ascii: "/") {
                next += 1
                result.insert(next)
            }
            from = next + 1
        }
        return result
    }

}
