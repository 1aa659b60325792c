/// The way from a document's root to one of its parts. Clients go by number, so that no message holds a key of theirs.
package indirect enum PolicyPath: Sendable, CustomStringConvertible {
    case root
    case key(PolicyPath, String)
    case index(PolicyPath, Int)

    package var description: String {
        switch self {
        case .root: ""
        case .key(.root, let key): key
        case .key(let outer, let key): "\(outer).\(key)"
        case .index(let outer, let index): "\(outer)[\(index)]"
        }
    }
}

/// A node and the way to it.
package struct Located: Sendable {
    package var node: YAMLNode
    package var path: PolicyPath

    package init(node: YAMLNode, path: PolicyPath) {
        self.node = node
        self.path = path
    }

    package var mark: Mark { node.mark }
}
