"""An echo bot on bare python-telegram-bot, handlers one after the other (its default)."""

import asyncio
import sys

from telegram import Update
from telegram.ext import ApplicationBuilder, ContextTypes, MessageHandler, filters


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await asyncio.sleep(seconds)
    await update.message.reply_text(update.message.text)


url, token = sys.argv[1:3]
seconds = float(sys.argv[3])
app = ApplicationBuilder().token(token).base_url(f"{url}/bot").build()
app.add_handler(MessageHandler(filters.TEXT, echo))
app.run_polling()
