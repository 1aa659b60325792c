/// A part of a YAML document with the place it was written at. An alias is the node it stands for, shared.
package struct YAMLNode: Sendable {
    package enum Content: Sendable {
        /// Only a plain scalar can be a number, a truth value or null; a quoted one is text.
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        /// In file order; keys may be repeated or no text at all, which is for the reader of the mapping to refuse.
        case mapping([YAMLEntry])
    }

    package var content: Content
    package var mark: Mark
    /// How many nodes the part comes to when its aliases are written out.
    var size: Int

    package var isNull: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
    }
}

package struct YAMLEntry: Sendable {
    package var key: YAMLNode
    package var value: YAMLNode
}

/// What keeps bytes from being a YAML document.
struct YAMLProblem: Error, Sendable, Equatable {
    var mark: Mark
    var message: String
}
