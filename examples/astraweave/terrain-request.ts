import { z } from 'zod'

const featureType = z.discriminatedUnion('type', [
  z.object({ type: z.literal('Cave'), depth: z.int().nonnegative() }),
  z.object({ type: z.literal('Crater'), radius: z.int().nonnegative() }),
  z.object({ type: z.literal('Cliff'), height: z.number() }),
  z.object({ type: z.literal('Lake'), depth: z.number() }),
  z.object({ type: z.literal('Forest'), density: z.number().min(0).max(1) }),
  z.object({ type: z.literal('Ruins'), complexity: z.int().nonnegative() }),
  z.object({ type: z.literal('Custom'), feature_id: z.string(), params: z.record(z.string(), z.unknown()) }),
])

const relativeLocation = z.discriminatedUnion('method', [
  z.object({ method: z.literal('LineOfSight'), look_distance: z.number().positive() }),
  z.object({
    method: z.literal('DirectionFrom'),
    cardinal: z.enum(['north', 'east', 'south', 'west']),
    distance: z.enum(['near', 'medium', 'far']),
  }),
  z.object({ method: z.literal('Coordinates'), x: z.number(), y: z.number(), z: z.number() }),
])

/** What the world is asked to grow, where, how strongly and why. */
export const terrainRequest = z.object({
  request_id: z.string(),
  feature_type: featureType,
  relative_location: relativeLocation,
  intensity: z.number().min(0).max(1),
  narrative_reason: z.string().max(100),
  persistence_mode: z.enum(['sessiononly', 'persistent']),
  biome_constraints: z.array(z.string()),
  seed: z.int().nonnegative().optional(),
})
