"""The directory as a YAML file: businesses, their people and assets, read, compared, brought in and written.

What a file does not name stays: other businesses with all that is theirs, assets that nobody owns,
groups. Of a business that it names, a list of members, assets or listed businesses is the whole
truth; a key that is left out leaves that setting as it is (in a new business: the default).

A person is a Slack user under a name. One Slack user under two names is linked twice: two people, neither
of whom has ADMIN power. A new name where there was one other is the same person renamed.
"""

from bot.services.directory_file.at_meta import (
    AssetAtMeta,
    ImportPlan,
    Left,
    NamedAtMeta,
    Person,
    Reading,
    Renamed,
    difference_from_meta,
    import_from_meta,
    import_told,
    plan_from_meta,
)
from bot.services.directory_file.entries import Directory, DirectoryFile, read_file, write_file
from bot.services.directory_file.plan import Change, Difference, How
from bot.services.directory_file.problems import BadDirectory, Problem, Progress
from bot.services.directory_file.record import export_directory
from bot.services.directory_file.verbs import import_directory, plan_import

__all__ = [
    "AssetAtMeta",
    "BadDirectory",
    "Change",
    "Difference",
    "Directory",
    "DirectoryFile",
    "How",
    "ImportPlan",
    "Left",
    "NamedAtMeta",
    "Person",
    "Problem",
    "Progress",
    "Reading",
    "Renamed",
    "difference_from_meta",
    "export_directory",
    "import_directory",
    "import_from_meta",
    "import_told",
    "plan_from_meta",
    "plan_import",
    "read_file",
    "write_file",
]
