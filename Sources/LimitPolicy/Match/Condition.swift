/// What a rule asks of one field of a check: field 0 is the route, the others are the attributes that rules name.
struct Condition: Sendable {
    var field: Int32
    /// In the pattern table.
    var pattern: Int32
}

/// A condition with the pattern in full, for building the index.
struct SourceCondition {
    var field: Int32
    var glob: Glob
}
