-- Where each step stands, in the order of the steps.
SELECT progress.* FROM progress JOIN step ON step.name = progress.step ORDER BY step.position
