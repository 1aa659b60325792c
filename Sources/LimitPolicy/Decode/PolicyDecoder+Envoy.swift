internal import LimitCore

extension PolicyDecoder {
    mutating func decodeEnvoy(_ file: Fields) {
        guard let place = file["envoy"],
            let fields = fields(place, ["client", "route", "headers", "negative-hits"])
        else { return }
        if let place = fields["client"] { model.envoy.client = decodeKeys(place) }
        if let place = fields["route"] { model.envoy.route = decodeKeys(place) }
        if let place = fields["headers"],
            let name = choice(place, EnvoyMapping.Headers.allCases.map(\.rawValue)),
            let headers = EnvoyMapping.Headers(rawValue: name)
        {
            model.envoy.headers = headers
        }
        if let place = fields["negative-hits"] { model.envoy.negativeHits = bool(place) ?? false }
    }

    private mutating func decodeKeys(_ place: Located) -> [String] {
        guard let items = list(place) else { return [] }
        var keys: [String] = []
        for item in items {
            guard let key = name(item, atMost: Bounds.attributeKey) else { continue }
            if keys.contains(key) { problem(item, "comes twice") }
            keys.append(key)
        }
        if keys.count > Bounds.attributes { problem(place, "has more than \(Bounds.attributes) keys") }
        return keys
    }
}
