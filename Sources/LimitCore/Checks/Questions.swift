/// The checks of one batch, flat: their bytes in one buffer, their parts as ranges of it.
///
/// A lane fills one from the wire, has it decided and clears it; after the first few batches nothing is allocated any
/// more. Every dialect adds its checks through the methods here, so all of them see the same identity, byte for byte,
/// and answer a broken bound in the same words.
///
/// A check is added between `begin()` and `end()`; one that fails on the way is taken back by `abandon()`.
package struct Questions: Sendable {
    /// The bytes that all ranges point into.
    package internal(set) var text: [UInt8] = []
    package internal(set) var checks: [Question] = []
    package internal(set) var attributes: [Attribute] = []
    package internal(set) var usages: [Usage] = []
    package internal(set) var inlineLimits: [InlineLimitText] = []
    var current = Question()
    private var textMark = 0

    package init() {}

    /// Forgets all checks and keeps the memory, up to what a busy batch needs.
    package mutating func removeAll() {
        let keep = text.capacity <= 1 << 20
        text.removeAll(keepingCapacity: keep)
        checks.removeAll(keepingCapacity: keep)
        attributes.removeAll(keepingCapacity: keep)
        usages.removeAll(keepingCapacity: keep)
        inlineLimits.removeAll(keepingCapacity: keep)
    }

    /// Starts a check.
    package mutating func begin() {
        current = Question()
        current.attributes = attributes.count..<attributes.count
        current.usages = usages.count..<usages.count
        current.inlineLimits = inlineLimits.count..<inlineLimits.count
        textMark = text.count
    }

    /// Ends the check and returns its index; client and route must be there.
    package mutating func end() throws(InvalidField) -> Int {
        if current.client.isEmpty { throw InvalidField("client", "is empty") }
        if current.route.isEmpty { throw InvalidField("route", "is empty") }
        return close()
    }

    /// Ends the check, whoever its client is, and returns its index.
    mutating func close() -> Int {
        current.attributes = current.attributes.lowerBound..<attributes.count
        current.usages = current.usages.lowerBound..<usages.count
        current.inlineLimits = current.inlineLimits.lowerBound..<inlineLimits.count
        checks.append(current)
        return checks.count - 1
    }

    /// Takes back what was added since `begin()`.
    package mutating func abandon() {
        text.removeLast(text.count - textMark)
        attributes.removeLast(attributes.count - current.attributes.lowerBound)
        usages.removeLast(usages.count - current.usages.lowerBound)
        inlineLimits.removeLast(inlineLimits.count - current.inlineLimits.lowerBound)
    }

    /// Takes back whole checks, down to `count`: those of a message of which a later one was broken.
    package mutating func removeChecks(downTo count: Int) {
        guard count < checks.count else { return }
        let first = checks[count]
        attributes.removeLast(attributes.count - first.attributes.lowerBound)
        usages.removeLast(usages.count - first.usages.lowerBound)
        inlineLimits.removeLast(inlineLimits.count - first.inlineLimits.lowerBound)
        checks.removeLast(checks.count - count)
    }

    package mutating func setClient(_ bytes: Span<UInt8>) throws(InvalidField) {
        current.client = try append(bytes, "client", atMost: Bounds.client)
    }

    package mutating func setRoute(_ bytes: Span<UInt8>) throws(InvalidField) {
        current.route = try append(bytes, "route", atMost: Bounds.route)
    }

    package mutating func setTier(_ bytes: Span<UInt8>) throws(InvalidField) {
        current.tier = try append(bytes, "tier", atMost: Bounds.word)
    }

    package mutating func setFlags(peek: Bool, allLimits: Bool) {
        current.peek = peek
        current.allLimits = allLimits
    }

    /// Adds what the call uses of one unit. A unit given again replaces the earlier amount, as in a protobuf map.
    package mutating func addUsage(unit: Span<UInt8>, amount: UInt64) throws(InvalidField) {
        let unit = try append(unit, "usage", atMost: Bounds.word)
        if unit.isEmpty { throw InvalidField("usage", "has an empty unit") }
        guard let amount = Amount.checked(amount) else {
            throw InvalidField("usage[\(string(unit))]", "is above 2^53 - 1")
        }
        let usage = Usage(unit: unit, amount: amount)
        for index in current.usages.lowerBound..<usages.count where isSame(usages[index].unit, unit) {
            usages[index] = usage
            return
        }
        guard usages.count - current.usages.lowerBound < Bounds.usages else {
            throw InvalidField("usage", "has more than \(Bounds.usages) units")
        }
        usages.append(usage)
    }

    /// Adds an attribute. A key given again replaces the earlier value, as in a protobuf map.
    package mutating func addAttribute(key: Span<UInt8>, value: Span<UInt8>) throws(InvalidField) {
        let key = try append(key, "attributes key", atMost: Bounds.attributeKey)
        if key.isEmpty { throw InvalidField("attributes", "has an empty key") }
        let content: ByteRange
        do throws(InvalidField) {
            content = try append(value, "attributes", atMost: Bounds.attributeValue)
        } catch {
            throw InvalidField("attributes[\(string(key))]", error.problem)
        }
        let attribute = Attribute(key: key, value: content)
        for index in current.attributes.lowerBound..<attributes.count where isSame(attributes[index].key, key) {
            attributes[index] = attribute
            return
        }
        guard attributes.count - current.attributes.lowerBound < Bounds.attributes else {
            throw InvalidField("attributes", "has more than \(Bounds.attributes) entries")
        }
        attributes.append(attribute)
    }

    /// Adds a limit that came with the call.
    package mutating func addInlineLimit(
        rate: Span<UInt8>,
        scope: Span<UInt8>,
        algorithm: Span<UInt8>,
        cost: UInt64,
        burst: UInt64
    ) throws(InvalidField) {
        let position = inlineLimits.count - current.inlineLimits.lowerBound
        guard position < Bounds.inlineLimits else {
            throw InvalidField("limits", "has more than \(Bounds.inlineLimits) entries")
        }
        do throws(InvalidField) {
            guard let cost = Amount.checked(cost) else { throw InvalidField("cost", "is above 2^53 - 1") }
            guard let burst = Amount.checked(burst) else { throw InvalidField("burst", "is above 2^53 - 1") }
            inlineLimits.append(
                InlineLimitText(
                    rate: try append(rate, "rate", atMost: Bounds.word),
                    scope: try append(scope, "scope", atMost: Bounds.word),
                    algorithm: try append(algorithm, "algorithm", atMost: Bounds.word),
                    cost: cost,
                    burst: burst
                )
            )
        } catch {
            throw error.inside("limits[\(position)]")
        }
    }

    /// Adds bytes that belong to no check: a counter's name, the values it counts by.
    package mutating func append(_ bytes: Span<UInt8>) -> ByteRange {
        let start = text.count
        bytes.withUnsafeBufferPointer { text.append(contentsOf: $0) }
        return ByteRange(start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: bytes.count))
    }

    private mutating func append(
        _ bytes: Span<UInt8>,
        _ field: StaticString,
        atMost bound: Int
    ) throws(InvalidField) -> ByteRange {
        if bytes.count > bound { throw InvalidField("\(field)", "is longer than \(bound) bytes") }
        if let problem = TextProblem.find(in: bytes) { throw InvalidField("\(field)", problem.description) }
        return append(bytes)
    }

    /// Whether two ranges hold the same bytes.
    package func isSame(_ a: ByteRange, _ b: ByteRange) -> Bool {
        a.count == b.count && text[a.indices].elementsEqual(text[b.indices])
    }

    /// The bytes of a range as a string, for messages and slow paths.
    package func string(_ range: ByteRange) -> String {
        String(decoding: text[range.indices], as: UTF8.self)
    }
}
