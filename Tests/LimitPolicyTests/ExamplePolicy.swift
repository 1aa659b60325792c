/// The example of the policy file's specification. Lines marked `#-` say what this version does not enforce yet.
enum ExamplePolicy {
    static let full = """
        tiers:
          free: {}
          premium: { multiplier: 5 }
          internal: { unlimited: true }
        default-tier: free

        clients:                         # who is who
          premium-user-key: { tier: premium }
          "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": { tier: internal }
          crawler: { blocked: true, message: "Ask for a key" }

        everywhere:                      # holds on every route, beside the route's own
          - 1000 per hour

        routes:                          # the first that matches decides
          - name: predict
            route: /predict
            limits: [ 10 per minute ]
          - name: batch
            route: /predict/batch
            limits: [ 5 per 5 minutes ]
          - name: premium
            route: /premium/**
            require: { tier: [premium, internal], message: Premium access required }
            limits: [ 30 per minute ]
          - name: chat
            route: /v1/chat/completions
            match: { model: "llama-*", method: POST }
            pool: llama                  # replicas report under this name
            warm-up: { factor: 0.2, minimum: 1, ramp: 60s }
            limits:
              - { name: rpm, rate: 60 per minute }
              - { name: tpm, rate: 90000 tokens per minute, algorithm: token-bucket, burst: 120000 }
              - { name: inflight, concurrency: 8, lease: 30s }
              - { name: fleet, rate: 2000 per minute, per: [] }               # one counter for all clients
              - { name: monthly, rate: 1000000 tokens per calendar month, tiers: { premium: 20000000, internal: unlimited } }
            on-store-failure: local      # local (default) | allow | refuse
        otherwise: allow                 # a call that no route matches: allow | refuse
        """
}
