"""Adds first lists of synonyms and of words that mean urgent help, which staff can edit."""

from django.db import migrations

URGENT = {
    "en": """
        help, hlep, halp, help me, emergency, emergencies, urgent, 911, 988, crisis, hotline, ambulance
        overdose, overdosed, overdoses, overdosing, overdosis, over dose, od, ods, oding, oded, od'd
        narcan, narcon, norcan, naloxone, nalaxone, nasal spray, antidote
        not breathing, isn't breathing, isnt breathing, stopped breathing, can't breathe
        cant breathe, barely breathing, no pulse, cpr, rescue breathing, rescue breaths
        won't wake up, wont wake up, won't wake, will not wake up, can't wake, cant wake
        not waking up, doesn't wake up, doesnt wake up, unresponsive, not responding, won't respond
        passed out, blacked out, unconscious, collapsed, fainted, seizure, seizures, convulsions
        blue lips, lips are blue, lips blue, turning blue, turned blue, gurgling, death rattle
        choking, heart stopped, no heartbeat, can not breathe, first aid
        took too much, took to much, took too many, dying, poison control, poisoned
        suicide, suicidal, kill myself, want to die, end my life, self-harm, hurt myself
    """,
    "es": """
        ayuda, alluda, aiuda, ayúdame, ayúdenme, ayudar, auxilio, socorro, emergencia, urgencia, urgente
        ambulancia, sobredosis, sobre dosis, sobredosificación, crisis, línea de ayuda
        naloxona, naloxone, narcan, antídoto
        no respira, no está respirando, dejó de respirar, no puede respirar, apenas respira
        sin pulso, no tiene pulso, rcp, primeros auxilios, convulsión, convulsiones, se ahoga
        respiración de boca a boca, no despierta, no se despierta, no reacciona
        no responde, inconsciente, desmayado, desmayada, se desmayó, labios azules, labios morados
        se está muriendo, se muere, tomó demasiado, intoxicación, intoxicado, intoxicada
        envenenamiento, envenenado, envenenada, no quiere despertar
        suicidio, suicidarme, matarme, me quiero matar, quiero morir, quitarme la vida
    """,
}
SYNONYMS = {
    "en": """
        naloxone, Narcan, Kloxxado, nalaxone, norcan
        overdose, OD, overdosis
        overdose prevention center, overdose prevention site, OPC, safe consumption site, safe consumption space, safe consumption room, safer consumption site, supervised consumption site, supervised injection site, safe injection site, safer injection site, drug consumption room
        marijuana, cannabis, weed, pot, marihuana, marajuana, marijuanna
        drug checking, fentanyl test strip, fentanyl strip, test strip
        syringe service, syringe exchange, needle exchange, SSP
        medication for opioid use disorder, medication-assisted treatment, MOUD, MAT
        buprenorphine, Suboxone
        fentanyl, fentanil, fentynal, fent
        treatment, rehab, rehabilitation, detox
        join, join us, volunteer, get involved, sign up
        safer supply, safe supply
        psilocybin, magic mushroom, shroom
        decriminalization, decriminalisation, decrim
        harm reduction, safer use
        incarceration, imprisonment
    """,
    "es": """
        naloxona, naloxone, Narcan
        sobredosis, overdose
        centro de prevención de sobredosis, OPC, sitio de consumo seguro, sitio de consumo supervisado, centro de consumo supervisado, sala de consumo supervisado, sala de consumo, sitio de inyección segura, sala de inyección
        marihuana, cannabis, mariguana, marijuana, mota, weed
        análisis de drogas, analizar drogas, prueba de fentanilo, tira de fentanilo, tira reactiva
        intercambio de jeringas, intercambio de agujas, programa de jeringas
        buprenorfina, Suboxone
        fentanilo, fentanil, fentanyl
        tratamiento, rehabilitación, desintoxicación, rehab
        únete, unirme, unirse, voluntariado, ser voluntario, participar
        suministro más seguro, suministro seguro
        psilocibina, hongo alucinógeno, hongo mágico
        descriminalización, despenalización
        reducción de daños, uso más seguro
        encarcelamiento, encarcelación
    """,
}


def add(apps, schema_editor):
    group = apps.get_model("search", "WordGroup")
    for urgent, lists in ((True, URGENT), (False, SYNONYMS)):
        for language, text in lists.items():
            rows = [row.strip().replace(", ", "\n") for row in text.strip().splitlines()]
            # Words of urgent help need not mean the same, so they are one list.
            groups = ["\n".join(rows)] if urgent else rows
            group.objects.bulk_create(
                group(words=words, language=language, urgent=urgent) for words in groups
            )


class Migration(migrations.Migration):
    dependencies = [("search", "0002_word_groups")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
