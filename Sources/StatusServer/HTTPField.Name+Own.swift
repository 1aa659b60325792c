import HTTPTypes

// Field names that the library has no constant for.
extension HTTPField.Name {
    static let crossOriginOpenerPolicy = named("Cross-Origin-Opener-Policy")
    static let referrerPolicy = named("Referrer-Policy")
    static let xFrameOptions = named("X-Frame-Options")
    /// The first one is the request's authority; this finds any further one.
    static let furtherHost = named("Host")

    private static func named(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("a field name of ours is not one") }
        return name
    }
}
