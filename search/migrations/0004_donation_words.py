"""Adds words that show the donation link first, and words for what readers look for on sites."""

from django.db import migrations, models

DONATION = {
    "en": """
        donate, donate now, donate money, donate online, donation, donations, donating, make a donation
        how do i donate, how to donate, where to donate, can i donate, donor, donors, donor relations
        how can i donate, where do i donate, where can i donate, i want to donate, want to donate
        i would like to donate, i'd like to donate, how do i give, where do i give, where can i give
        i want to give, i want to contribute, how do i contribute, how can i contribute
        where do i contribute, where can i contribute, how do i make a donation
        how can i make a donation, where do i make a donation, where can i make a donation
        i want to make a donation, can i make a donation, can i give, can i contribute
        give, giving, give money, give now, ways to give, how can i give, monthly giving, gift, gifts
        contribute, contribute money, contribution, contributions, make a gift, fundraiser, bequest
    """,
    "es": """
        donar, dona, donación, donaciones, donativo, donativos, hacer una donación, hacer un donativo
        quiero donar, cómo donar, cómo puedo donar, dónde donar, donante, donantes
        dónde puedo donar, puedo donar, me gustaría donar, quisiera donar, cómo dono, dónde dono
        cómo contribuir, cómo puedo contribuir, dónde puedo contribuir, quiero contribuir
        quiero hacer una donación, quiero hacer un donativo, cómo hacer una donación
        cómo hago una donación, dónde hago una donación, cómo puedo hacer una donación
        dónde puedo hacer una donación, cómo hacer un donativo, quiero dar dinero
        dar dinero, contribuir, contribución, contribuciones, aportar, aportación, aportaciones
    """,
}
ONE_WAY = {
    "en": """
        contact, contact us, get in touch, press, press contact, media, media inquiry, journalist, reporter, interview, phone number, job, job opening, career, vacancy, internship, work for us
        privacy, privacy policy, cookie, personal data, my data, unsubscribe, stop emails, opt out, delete my data
        stories, my story, share my story, tell my story, send my story, submit my story, share your story, tell your story
        join, volunteer, volunteering, newsletter, mailing list, email list, subscribe, become a member
        take action, petition, sign a petition, write a letter
    """,
    "es": """
        contacto, contactar, contáctanos, comunicarse, prensa, contacto de prensa, medios, periodista, entrevista, empleo, empleos, trabajo, vacante, prácticas, pasantía, trabajar con ustedes
        privacidad, política de privacidad, cookie, datos personales, mis datos, darme de baja, darse de baja, cancelar suscripción, cancelar la suscripción, borrar mis datos
        historias, mi historia, compartir mi historia, contar mi historia, enviar mi historia, comparte tu historia, cuenta tu historia
        únete, voluntario, voluntaria, boletín, lista de correo, suscribirme, suscribirse, hacerme miembro
        actúa, petición, firmar una petición, escribir una carta
    """,
}


def add(apps, schema_editor):
    group = apps.get_model("search", "WordGroup")
    for donation, lists in ((True, DONATION), (False, ONE_WAY)):
        for language, text in lists.items():
            rows = [row.strip().replace(", ", "\n") for row in text.strip().splitlines()]
            groups = ["\n".join(rows)] if donation else rows
            group.objects.bulk_create(
                group(words=words, language=language, donation=donation, one_way=not donation)
                for words in groups
            )


class Migration(migrations.Migration):
    dependencies = [("search", "0003_first_word_groups")]

    operations = [
        migrations.AddField(
            model_name="wordgroup",
            name="donation",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="For searches of people who want to give, in any language of this site. The link is the donation URL of the site settings. These words need not mean the same.",
                verbose_name="show the donation link first",
            ),
        ),
        migrations.AddField(
            model_name="wordgroup",
            name="one_way",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A search for one of the words also finds the first of them, and not the others. A search for the first finds only itself.",
                verbose_name="find only the first of these",
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
