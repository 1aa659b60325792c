/// How much a caller may hope for from one daemon.
enum Availability: UInt8, Sendable {
    /// Not reached, and not on the first try since all was well.
    case down
    /// A connection is being made; a short wait is worth it.
    case hopeful
    case ready
}
