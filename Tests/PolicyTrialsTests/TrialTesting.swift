import Foundation
import LimitPolicy
import PolicyTrials
import Testing

/// Loads a policy that is meant to be valid.
func load(_ text: String) throws -> Policy {
    try Policy.load(Array(text.utf8), name: "policy.yaml")
}

/// A file of the repository.
func shipped(_ path: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    return try Array(Data(contentsOf: root.appending(path: path)))
}
