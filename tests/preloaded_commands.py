"""What the process holds besides `tests.preloaded` where `tests.programs` forks commands: all that they import."""

import gc

import desktop_app.app
import desktop_app.cli.ask
import desktop_app.cli.chats
import desktop_app.cli.data
import desktop_app.cli.doctor
import desktop_app.cli.models
import desktop_app.cli.passphrase
import desktop_app.cli.serve_rpc
import desktop_app.cli.window
import desktop_app.services.chat_files.import_words
import desktop_app.services.chat_files.outline
import desktop_app.services.data_folder.owner_client
import desktop_app.services.data_folder.owner_server
import desktop_app.services.doctor
import desktop_app.storage.archive
import desktop_app.storage.engine
import desktop_app.storage.incoming
import desktop_app.storage.revisions
import desktop_app.storage.shelf  # noqa: F401
import tests.programs  # noqa: F401

gc.freeze()  # as `tests.preloaded` does
