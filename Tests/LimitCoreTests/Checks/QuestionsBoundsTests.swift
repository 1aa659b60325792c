import LimitCore
import Testing

/// Every bound by its name: what lies at it is taken, what lies past it is answered in the caller's words.
struct QuestionsBoundsTests {
    struct Bound: Sendable, CustomStringConvertible {
        var field: String
        var problem: String
        /// The request with a part of this length.
        var request: @Sendable (Int) -> CheckRequest
        var most: Int

        var description: String { field }
    }

    private static func bound(
        _ field: String,
        _ most: Int,
        _ problem: String,
        _ change: @escaping @Sendable (inout CheckRequest, Int) -> Void
    ) -> Bound {
        Bound(
            field: field,
            problem: problem,
            request: { length in
                var request = CheckRequest(client: "ann", route: "/")
                change(&request, length)
                return request
            },
            most: most
        )
    }

    private static func text(_ length: Int) -> String { String(repeating: "x", count: length) }

    private static let bounds: [Bound] = [
        bound("client", Bounds.client, "is longer than 512 bytes") { $0.client = text($1) },
        bound("route", Bounds.route, "is longer than 1024 bytes") { $0.route = text($1) },
        bound("tier", Bounds.word, "is longer than 64 bytes") { $0.tier = text($1) },
        bound("usage", Bounds.word, "is longer than 64 bytes") { $0.usage = [text($1): 1] },
        bound("usage", Bounds.usages, "has more than 8 units") { request, count in
            for unit in 0..<count { request.usage["unit\(unit)"] = 1 }
        },
        bound("attributes key", Bounds.attributeKey, "is longer than 64 bytes") { $0.attributes = [text($1): ""] },
        bound("attributes[model]", Bounds.attributeValue, "is longer than 256 bytes") {
            $0.attributes = ["model": text($1)]
        },
        bound("attributes", Bounds.attributes, "has more than 32 entries") { request, count in
            for key in 0..<count { request.attributes["key\(key)"] = "value" }
        },
        bound("limits", Bounds.inlineLimits, "has more than 8 entries") {
            $0.limits = Array(repeating: .init(rate: "1/s"), count: $1)
        },
        bound("limits[0].rate", Bounds.word, "is longer than 64 bytes") { $0.limits = [.init(rate: text($1))] },
        bound("limits[1].scope", Bounds.word, "is longer than 64 bytes") {
            $0.limits = [.init(rate: "1/s"), .init(rate: "1/s", scope: text($1))]
        },
        bound("limits[0].algorithm", Bounds.word, "is longer than 64 bytes") {
            $0.limits = [.init(rate: "1/s", algorithm: text($1))]
        },
        bound("usage[tokens]", Int(Amount.max), "is above 2^53 - 1") { $0.usage = ["tokens": UInt64($1)] },
        bound("limits[0].cost", Int(Amount.max), "is above 2^53 - 1") {
            $0.limits = [.init(rate: "1/s", cost: UInt64($1))]
        },
        bound("limits[0].burst", Int(Amount.max), "is above 2^53 - 1") {
            $0.limits = [.init(rate: "1/s", burst: UInt64($1))]
        },
    ]

    @Test(arguments: bounds)
    func `a part at its bound is taken`(bound: Bound) throws {
        var questions = Questions()
        #expect(try questions.append(bound.request(bound.most)) == 0)
    }

    @Test(arguments: bounds)
    func `a part past its bound is named`(bound: Bound) {
        var questions = Questions()
        #expect(throws: InvalidField(bound.field, bound.problem)) {
            try questions.append(bound.request(bound.most + 1))
        }
        #expect(questions.checks.isEmpty)
        #expect(questions.text.isEmpty)
    }

    @Test(arguments: [
        ("client", "is empty", CheckRequest(client: "", route: "/")),
        ("route", "is empty", CheckRequest(client: "ann", route: "")),
        ("client", "contains a control character", CheckRequest(client: "a\u{0}b", route: "/")),
        ("route", "contains a control character", CheckRequest(client: "ann", route: "/\n")),
    ])
    func `client and route are there and are text`(field: String, problem: String, request: CheckRequest) {
        var questions = Questions()
        #expect(throws: InvalidField(field, problem)) { try questions.append(request) }
    }

    @Test func `a unit and a key are not empty`() {
        var questions = Questions()
        var request = CheckRequest(client: "ann", route: "/")
        request.usage = ["": 1]
        #expect(throws: InvalidField("usage", "has an empty unit")) { try questions.append(request) }
        request.usage = [:]
        request.attributes = ["": "value"]
        #expect(throws: InvalidField("attributes", "has an empty key")) { try questions.append(request) }
    }

    @Test func `a problem inside of a check is named by its path`() {
        #expect("\(InvalidField("client", "is empty").inside("checks[3]"))" == "checks[3].client is empty")
    }
}
