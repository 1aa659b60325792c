import RedisStore

/// Where the operators' document lives: in the shared store, or in this daemon.
protocol ControlDocuments: Sendable {
    /// The document, without its content where `known` is its version still. Version 0 is none.
    func read(known: Int64) async throws -> RedisControl.Document
    /// Writes it over the version given; it is kept when this returns. The new version is `least` at least.
    func write(_ content: [UInt8], over version: Int64, atLeast least: Int64) async throws -> RedisControl.Written
}
