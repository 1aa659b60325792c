import LimitCore
import Testing

struct QuestionsTests {
    private static func request(_ client: String) -> CheckRequest {
        var request = CheckRequest(client: client, route: "/chat")
        request.tier = "free"
        request.usage = ["tokens": 7]
        request.attributes = ["model": "llama"]
        request.limits = [.init(rate: "5/minute", scope: "s", algorithm: "token-bucket", cost: 2, burst: 9)]
        request.peek = true
        return request
    }

    /// All that a caller of `Questions` can see.
    private static func content(_ questions: Questions) -> [String] {
        questions.checks.map { check in
            let usages = questions.usages[check.usages].map { "\(questions.string($0.unit)) \($0.amount)" }
            let attributes = questions.attributes[check.attributes].map {
                "\(questions.string($0.key)) \(questions.string($0.value))"
            }
            let limits = questions.inlineLimits[check.inlineLimits].map {
                [questions.string($0.rate), questions.string($0.scope), questions.string($0.algorithm)]
                    .joined(separator: " ") + " \($0.cost) \($0.burst)"
            }
            let words = [check.client, check.route, check.tier].map(questions.string)
            return "\(words) \(usages) \(attributes) \(limits) \(check.peek) \(check.allLimits)"
        }
    }

    @Test func `a check is kept as it was asked`() throws {
        var questions = Questions()
        _ = try questions.append(Self.request("ann"))
        #expect(
            Self.content(questions) == [
                #"["ann", "/chat", "free"] ["tokens 7"] ["model llama"] ["5/minute s token-bucket 2 9"] true false"#
            ]
        )
    }

    @Test func `checks have their parts to themselves`() throws {
        var questions = Questions()
        #expect(try questions.append(Self.request("ann")) == 0)
        #expect(try questions.append(CheckRequest(client: "bob", route: "/")) == 1)
        #expect(try questions.append(Self.request("eve")) == 2)
        let content = Self.content(questions)
        #expect(content[1] == #"["bob", "/", ""] [] [] [] false false"#)
        #expect(content[2] == content[0].replacing("ann", with: "eve"))
    }

    @Test func `a unit or a key given again replaces the earlier one`() throws {
        var questions = Questions()
        _ = try questions.append(Self.request("other"))
        questions.begin()
        try questions.setClient("ann".utf8.span)
        try questions.setRoute("/".utf8.span)
        for amount in 1...20 as ClosedRange<UInt64> {
            try questions.addUsage(unit: "tokens".utf8.span, amount: amount)
            try questions.addAttribute(key: "model".utf8.span, value: "\(amount)".utf8.span)
        }
        let index = try questions.end()
        let check = questions.checks[index]
        #expect(questions.usages[check.usages].map(\.amount) == [20])
        #expect(questions.attributes[check.attributes].map { questions.string($0.value) } == ["20"])
        #expect(questions.usages[questions.checks[0].usages].map(\.amount) == [7])
    }

    @Test func `a full list still takes a unit or key that it has`() throws {
        var questions = Questions()
        questions.begin()
        for unit in 0..<Bounds.usages { try questions.addUsage(unit: "\(unit)".utf8.span, amount: 1) }
        for key in 0..<Bounds.attributes { try questions.addAttribute(key: "\(key)".utf8.span, value: "".utf8.span) }
        try questions.addUsage(unit: "3".utf8.span, amount: 5)
        try questions.addAttribute(key: "3".utf8.span, value: "new".utf8.span)
        #expect(questions.usages[3].amount == 5)
        #expect(questions.string(questions.attributes[3].value) == "new")
    }

    @Test func `an abandoned check leaves nothing behind`() throws {
        var questions = Questions()
        _ = try questions.append(Self.request("ann"))
        let before = questions
        var broken = Self.request("bob")
        broken.limits.append(.init(rate: "1/s", cost: .max))
        #expect(throws: InvalidField("limits[1].cost", "is above 2^53 - 1")) { try questions.append(broken) }
        #expect(Self.content(questions) == Self.content(before))
        #expect(questions.text == before.text)
        #expect(questions.usages == before.usages)
        #expect(questions.attributes == before.attributes)
        #expect(questions.inlineLimits == before.inlineLimits)
        _ = try questions.append(Self.request("eve"))
        #expect(Self.content(questions)[1] == Self.content(before)[0].replacing("ann", with: "eve"))
    }

    @Test(arguments: 0...3)
    func `whole checks are taken back`(count: Int) throws {
        var questions = Questions()
        for client in ["ann", "bob", "eve"] { _ = try questions.append(Self.request(client)) }
        let content = Self.content(questions)
        questions.removeChecks(downTo: count)
        #expect(Self.content(questions) == Array(content.prefix(count)))
        #expect(questions.usages.count == count)
        #expect(questions.attributes.count == count)
        #expect(questions.inlineLimits.count == count)
        #expect(try questions.append(Self.request("zoe")) == count)
        #expect(Self.content(questions).last == content[0].replacing("ann", with: "zoe"))
    }

    @Test func `removing all checks leaves none`() throws {
        var questions = Questions()
        _ = try questions.append(Self.request("ann"))
        questions.removeAll()
        #expect(questions.checks.isEmpty && questions.usages.isEmpty && questions.attributes.isEmpty)
        #expect(questions.text.isEmpty && questions.inlineLimits.isEmpty)
        #expect(try questions.append(Self.request("bob")) == 0)
    }

    @Test func `ranges are the same when their bytes are`() {
        var questions = Questions()
        let words = ["abc", "abc", "abd", "ab", ""].map { questions.append($0.utf8.span) }
        #expect(questions.isSame(words[0], words[1]))
        #expect(!questions.isSame(words[0], words[2]))
        #expect(!questions.isSame(words[0], words[3]))
        #expect(questions.isSame(words[4], .empty))
    }
}
