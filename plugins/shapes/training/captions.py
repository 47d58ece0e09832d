# SPDX-License-Identifier: Apache-2.0
"""The caption grammar of the shapes world: many wordings for training, one canonical wording for evaluation."""
from world import (COLOR_A, COLOR_B, COLORS, MOTION, MOTIONS, N, RELATION, RELATIONS, SCENE, SCENES, SHAPE_A, SHAPE_B,
                   SHAPES, SIZE_A, SIZE_B, SIZES)

SHAPE_WORDS = {"circle": ["circle", "circle", "disc", "ball"], "square": ["square", "square", "box"],
               "triangle": ["triangle"], "star": ["star"], "heart": ["heart"], "ring": ["ring", "ring", "donut"],
               "cross": ["cross", "cross", "plus sign"], "diamond": ["diamond", "diamond", "rhombus"]}
COLOR_WORDS = {c: [c] for c in COLORS} | {"purple": ["purple", "purple", "violet"]}
SIZE_WORDS = {"small": ["small", "small", "tiny", "little"], "medium": ["medium", "medium sized"],
              "large": ["large", "large", "big", "huge"]}
SCENE_WORDS = {
    "black": ["on a black background", "on black", "in front of a black background"],
    "gray": ["on a gray background", "on a grey background", "in front of a gray background"],
    "sky": ["in the sky", "in the blue sky", "in a cloudy sky"],
    "hills": ["over green hills", "above green hills", "over the hills"],
    "beach": ["on the beach", "at the beach", "on a sandy beach"],
    "night": ["at night", "in the night sky", "under the stars at night"],
    "checkerboard": ["on a checkerboard", "on a checkered board", "in front of a checkerboard"]}
MOTION_WORDS = {
    "static": ["standing still", "staying still", "not moving"],
    "left": ["moving left", "moving to the left", "going to the left", "sliding left"],
    "right": ["moving right", "moving to the right", "going to the right", "sliding right"],
    "up": ["moving up", "going up", "rising", "moving upwards"],
    "down": ["moving down", "going down", "falling", "moving downwards"],
    "spin": ["spinning", "rotating", "turning around"],
    "grow": ["growing", "getting bigger", "growing larger"],
    "shrink": ["shrinking", "getting smaller"],
    "bounce": ["bouncing", "bouncing up and down", "jumping up and down"]}
RELATION_WORDS = {
    "left": ["{a} to the left of {b}", "{a} on the left of {b}", "{a} left of {b}"],
    "right": ["{a} to the right of {b}", "{a} on the right of {b}", "{a} right of {b}"],
    "above": ["{a} above {b}", "{a} on top of {b}"],
    "below": ["{a} below {b}", "{a} under {b}", "{a} beneath {b}"]}
MOVING_TWO = ["{o}, {m}, {w}", "{o}, {m} {w}", "{w}, {o}, {m}"]
MOVING_ONE = ["{o} {m} {w}", "{o} is {m} {w}", "{o}, {m}, {w}", "{w}, {o} is {m}", "a video of {o} {m} {w}"]
STILL = ["{o} {w}", "{o}, {w}", "{w}, {o}", "an image of {o} {w}", "a picture of {o} {w}"]


def _object(shape, color, size, rng):
    """One object in words; `size` is None when its size is left out."""
    words = [rng.choice(COLOR_WORDS[COLORS[color]]), rng.choice(SHAPE_WORDS[SHAPES[shape]])]
    if size is not None:
        words.insert(0, rng.choice(SIZE_WORDS[SIZES[size]]))
    return ("an " if words[0][0] in "aeiou" else "a ") + " ".join(words)


def _subject(s, sizes, relation, rng):
    """The object or objects of spec row s in words; without `relation` nothing is said of who is where."""
    a = _object(s[SHAPE_A], s[COLOR_A], s[SIZE_A] if sizes[0] else None, rng)
    if s[N] == 1:
        return a
    b = _object(s[SHAPE_B], s[COLOR_B], s[SIZE_B] if sizes[1] else None, rng)
    if relation:
        return rng.choice(RELATION_WORDS[RELATIONS[s[RELATION]]]).format(a=a, b=b)
    beside = s[RELATION] < 3 and rng.random() < 0.5
    return f"{a} next to {b}" if beside else f"{a} and {b}"


def caption(s, rng, motion=True, vague=0.1):
    """(a caption of spec row s, what it says: a set of "relation", "scene", "motion", "size a", "size b").

    Sizes are said now and then; scene and relation are left out with the probabilities `vague` and twice that."""
    said = {"motion"} if motion else set()
    if rng.random() >= vague:
        said.add("scene")
    if s[N] == 2 and rng.random() >= 2 * vague:
        said.add("relation")
    if rng.random() < 0.3:
        said |= {"size a"} if s[N] == 1 else set(rng.choice([["size a"], ["size b"], ["size a", "size b"]]))
    subject = _subject(s, ("size a" in said, "size b" in said), "relation" in said, rng)
    where = rng.choice(SCENE_WORDS[SCENES[s[SCENE]]]) if "scene" in said else ""
    how = rng.choice(MOTION_WORDS[MOTIONS[s[MOTION]]]) if motion else ""
    if motion and s[N] == 2:
        how = rng.choice(["both ", "both ", ""]) + how
    forms = STILL if not motion else MOVING_TWO if s[N] == 2 else MOVING_ONE
    text = rng.choice(forms).format(o=subject, m=how, w=where)
    return " ".join(text.split()).strip(", ").replace(" ,", ","), said


def prompt(s, motion=True):
    """The canonical wording of spec row s, for evaluation."""
    name = lambda c, k: ("an " if COLORS[c][0] == "o" else "a ") + f"{COLORS[c]} {SHAPES[k]}"
    a, where = name(s[COLOR_A], s[SHAPE_A]), SCENE_WORDS[SCENES[s[SCENE]]][0]
    how = MOTION_WORDS[MOTIONS[s[MOTION]]][0]
    if s[N] == 1:
        return f"{a} {how} {where}" if motion else f"{a} {where}"
    both = RELATION_WORDS[RELATIONS[s[RELATION]]][0].format(a=a, b=name(s[COLOR_B], s[SHAPE_B]))
    return f"{both}, both {how}, {where}" if motion else f"{both}, {where}"


def grammar_words():
    """Every word the grammar can say, for building the two vocabularies."""
    texts = [w for d in (SHAPE_WORDS, COLOR_WORDS, SIZE_WORDS, SCENE_WORDS, MOTION_WORDS, RELATION_WORDS)
             for l in d.values() for w in l]
    texts += ["a an is the and of next to both video image picture with background blurry low bad quality two three"]
    return sorted({w for t in texts for w in t.replace("{a}", "").replace("{b}", "").replace(",", " ").split()})
