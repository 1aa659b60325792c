package import LimitCore

extension DocumentDecoder {
    /// Text, plain or quoted; a plain number or truth value is taken as it is written.
    package mutating func text(_ place: Located) -> String? {
        guard case .scalar(let text, _) = place.node.content else {
            problem(place, "must be text")
            return nil
        }
        if place.node.isNull {
            problem(place, "needs a value")
            return nil
        }
        return text
    }

    /// Text that is not empty, has at most `bound` bytes and no control characters.
    package mutating func name(_ place: Located, atMost bound: Int) -> String? {
        guard let text = text(place) else { return nil }
        return isName(text, place, atMost: bound) ? text : nil
    }

    package mutating func isName(_ text: String, _ place: Located, atMost bound: Int) -> Bool {
        if text.isEmpty {
            problem(place, "is empty")
        } else {
            return isClean(text, place, atMost: bound)
        }
        return false
    }

    package mutating func isClean(_ text: String, _ place: Located, atMost bound: Int) -> Bool {
        if text.utf8.count > bound {
            problem(place, "is longer than \(bound) bytes")
        } else if let found = TextProblem.find(in: text.utf8.span) {
            problem(place, found.description)
        } else {
            return true
        }
        return false
    }

    package mutating func bool(_ place: Located) -> Bool? {
        if case .scalar(let text, isPlain: true) = place.node.content {
            switch text {
            case "true", "True", "TRUE": return true
            case "false", "False", "FALSE": return false
            default: break
            }
        }
        problem(place, "must be true or false")
        return nil
    }

    package mutating func wholeNumber(_ place: Located, _ range: ClosedRange<Int64>) -> Int64? {
        guard case .scalar(let text, isPlain: true) = place.node.content, let value = Decimal.whole(text) else {
            problem(place, "must be a whole number")
            return nil
        }
        guard range.contains(value) else {
            let bound = range.upperBound == Amount.max ? "2^53 - 1" : "\(range.upperBound)"
            problem(place, "must be from \(range.lowerBound) to \(bound)")
            return nil
        }
        return value
    }

    /// A number from 0 to `bound` with up to six decimals, in millionths.
    package mutating func millionths(_ place: Located, atMost bound: Int64) -> Int64? {
        guard case .scalar(let text, isPlain: true) = place.node.content, let value = Decimal.millionths(text) else {
            problem(place, "must be a number, not negative, with at most six decimals")
            return nil
        }
        guard value <= bound * 1_000_000 else {
            problem(place, "must be from 0 to \(bound)")
            return nil
        }
        return value
    }

    package mutating func choice(_ place: Located, _ choices: [String]) -> String? {
        guard let text = text(place) else { return nil }
        if choices.contains(text) { return text }
        problem(place, "\"\(quoted(text))\" is not one of \(choices.joined(separator: ", "))")
        return nil
    }

    /// The items of a list; null is an empty one, and a single scalar is a list of one.
    package mutating func list(_ place: Located) -> [Located]? {
        if place.node.isNull { return [] }
        switch place.node.content {
        case .sequence(let nodes):
            return nodes.enumerated().map { Located(node: $1, path: .index(place.path, $0)) }
        case .scalar: return [place]
        case .mapping:
            problem(place, "must be a list")
            return nil
        }
    }

    package mutating func duration(_ place: Located) -> Microseconds? {
        guard let text = text(place) else { return nil }
        do throws(RateProblem) {
            let duration = try Rate.parseDuration(text)
            if duration > 0 { return duration }
            problem(place, "must be longer than 0")
        } catch {
            problem(place, error.description)
        }
        return nil
    }
}

/// Text from a file as a message may hold it: short and without control characters.
package func quoted(_ text: String) -> String {
    let bytes = text.utf8.prefix(64).map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: "?") : $0 }
    return String(decoding: bytes, as: UTF8.self) + (text.utf8.count > 64 ? "..." : "")
}
