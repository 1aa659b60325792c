internal import LimitCore

/// Reads a policy document into a `PolicyModel` and gathers everything that is wrong with it on the way.
///
/// Every method that cannot make sense of a part notes a problem and goes on with what is there, so that one run tells
/// all of them. The model is meant to be used only where no problem was noted.
struct PolicyDecoder: DocumentDecoder {
    var problems = ProblemList()
    var model = PolicyModel()

    static let sections = [
        "tiers", "default-tier", "clients", "everywhere", "routes", "otherwise", "inline-limits", "algorithm", "shadow",
        "envoy",
    ]

    mutating func decode(_ root: YAMLNode?) {
        // A file cut off at its start must not pass for a policy that allows everything.
        guard let root, !root.isNull else {
            problem(root?.mark ?? .start, .root, "is empty; a policy without limits is written otherwise: allow")
            return
        }
        guard let file = fields(Located(node: root, path: .root), Self.sections) else { return }
        decodeTiers(file)
        decodeClients(file)
        decodeDefaults(file)
        decodeEverywhere(file)
        decodeRoutes(file)
        decodeEnvoy(file)
    }

    private mutating func decodeDefaults(_ file: Fields) {
        if let place = file["otherwise"], let value = choice(place, ["allow", "refuse"]) {
            model.refusesOtherwise = value == "refuse"
        }
        if let place = file["inline-limits"], let value = choice(place, ["allow", "refuse"]) {
            model.refusesInlineLimits = value == "refuse"
        }
        if let place = file["shadow"] { model.shadow = bool(place) ?? false }
        if let place = file["algorithm"], let algorithm = rateAlgorithm(place) {
            model.algorithm = Placed(algorithm, place)
        }
    }
}

/// A value and where it was written.
struct Placed<Value> {
    var value: Value
    var place: Located

    init(_ value: Value, _ place: Located) {
        self.value = value
        self.place = place
    }
}
