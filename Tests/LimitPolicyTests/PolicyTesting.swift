import LimitCore
import LimitPolicy
import Testing

/// Loads a policy that is meant to be valid.
func load(_ text: String) throws -> Policy {
    try Policy.load(Array(text.utf8), name: "policy.yaml")
}

/// The problems of a policy, each as a line of its own; none where it loads.
func problems(_ bytes: [UInt8]) -> [String] {
    do throws(PolicyErrors) {
        _ = try Policy.load(bytes, name: "policy.yaml")
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

func problems(_ text: String) -> [String] {
    problems(Array(text.utf8))
}

/// One priced check, with everything an expectation asks for as plain values.
struct Priced {
    var pricing: Pricing
    var charges: [Charge]
    var questions: Questions
    var pricer: Pricer

    /// Names of the limits charged.
    var limits: [String] { charges.map { pricer.limitName($0.source, of: questions) } }

    var verdict: String {
        switch pricing.decision {
        case .charges: charges.isEmpty ? "free" : limits.joined(separator: " ")
        case .exempt: "exempt"
        case .forbidden(let reason, let message): message.isEmpty ? "\(reason)" : "\(reason): \(message)"
        }
    }

    var rule: String? { pricing.rule.map { pricer.policy.rules[$0].name } }

    /// The counter of a charge: name, client and scope.
    func counter(_ index: Int) -> [String] {
        let counter = charges[index].counter
        return [counter.name, counter.client, counter.scope].map { questions.string($0) }
    }
}

extension Pricer {
    func price(
        _ client: String,
        _ route: String,
        _ attributes: [String: String] = [:],
        tier: String = "",
        usage: [String: UInt64] = [:],
        inline: [CheckRequest.InlineLimit] = []
    ) throws -> Priced {
        var request = CheckRequest(client: client, route: route)
        request.attributes = attributes
        request.tier = tier
        request.usage = usage
        request.limits = inline
        var questions = Questions()
        let check = try questions.append(request)
        var charges: [Charge] = []
        let pricing = try price(check, of: &questions, into: &charges)
        return Priced(pricing: pricing, charges: charges, questions: questions, pricer: self)
    }
}

/// A random source whose seed is told, so that what it found can be found again.
///
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
struct Seeded: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(_ seed: UInt64 = .random(in: 0...UInt64.max)) {
        self.seed = seed
        state = seed
        print("seed \(seed)")
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
