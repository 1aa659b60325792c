import LimitPolicy

/// Ten calls a minute on `/predict`; the client `crawler` is blocked.
enum TestPolicy {
    static func make() throws -> Policy {
        let file = """
            clients:
              crawler: { blocked: true, message: Ask for a key }
            routes:
              - name: predict
                route: /predict
                limits: [ 10 per minute ]
            """
        return try Policy.load(Array(file.utf8), name: "test")
    }
}
